import type { FastifyInstance } from "fastify"
import { adminGateway } from "#gateways/admin/admin-gateway.ts"
import { gateGateway } from "#gateways/gate/gate-gateway.ts"
import { statusGateway } from "#gateways/status/status-gateway.ts"
import type { KeyDirectory, KeyRecord } from "#gateways/ports/key-directory.ts"
import { keyDigest } from "#infra/crypto/key-digest.ts"
import { withoutAccounts } from "./gate/fake-manage.ts"
import { filesOfGoodKey } from "./cloud/fake-files.ts"
import { fakeNetwork, gatewayOf, PEPPER } from "./cloud/fake-network.ts"

export const OPERATOR_TOKEN = "let the operator in"

const nobody = { counters: { increment: () => {} }, onDefect: () => {} }
const presence = { online: () => [] }

const directoryOf = (records: readonly KeyRecord[]): KeyDirectory => ({ find: async (id) => records.find(({ keyId }) => keyId === id) ?? null })

/** Each gateway that speaks HTTP, on nothing but memory. */
export const GATEWAYS = {
  cloud: (records: readonly KeyRecord[] = []): FastifyInstance => gatewayOf(fakeNetwork(), { keys: directoryOf(records), ...filesOfGoodKey(), usage: { page: async () => ({ rows: [], next: null }) } }),
  gate: (records: readonly KeyRecord[] = []): FastifyInstance =>
    gateGateway({
      ...nobody, ...withoutAccounts, keys: directoryOf(records), digest: keyDigest([PEPPER]), environment: "testnet", nodes: { isRegistered: async () => false },
      credentials: { isUserKey: () => true, isSigned: async () => false, issue: async () => "" },
    }),
  status: (): FastifyInstance => statusGateway({ ...nobody, environment: "testnet", presence }),
  admin: (): FastifyInstance =>
    adminGateway({
      ...nobody, presence, token: OPERATOR_TOKEN, snapshot: { read: () => [] }, metrics: async () => "",
      readiness: async () => ({ ready: true, checks: {} }),
    }),
}
