import type { AddressInfo } from "node:net"
import { Effect } from "effect"
import type { FastifyInstance } from "fastify"
import type { Logger } from "pino"
import { cancelJob } from "#commands/job/cancel-job.ts"
import { keepAnswer } from "#commands/job/keep-answer.ts"
import { markProgress } from "#commands/job/mark-progress.ts"
import { submitChat } from "#commands/job/submit-chat.ts"
import type { GatewayId } from "#domain/kernel/ids.ts"
import { adminGateway } from "#gateways/admin/admin-gateway.ts"
import { cloudGateway } from "#gateways/cloud/cloud-gateway.ts"
import type { ChatJobs } from "#gateways/ports/chat-jobs.ts"
import { apiKeyQueries } from "#projections/api-keys/query.ts"
import { nodeQueries } from "#projections/nodes/query.ts"
import type { ReadDb } from "#projections/read-db.ts"
import type { Secrets } from "../config/secrets.ts"
import { keyDigest } from "../crypto/key-digest.ts"
import type { EmbeddedAdapters } from "./network-adapters.ts"
import type { NetworkServices } from "./network-layers.ts"

export interface GatewayParts {
  readonly adapters: EmbeddedAdapters
  readonly gatewayId: GatewayId
  readonly readDb: ReadDb
  readonly secrets: Secrets
  readonly logger: Logger
}

/** The HTTP gateways, not yet listening, with their use cases bound to this process's services. */
export const httpGateways = (parts: GatewayParts) =>
  Effect.map(Effect.context<NetworkServices>(), (context) => {
    const { adapters, gatewayId, readDb, secrets, logger } = parts
    const { bus, presence, counters, environment } = adapters
    const bound = <A, E>(effect: Effect.Effect<A, E, NetworkServices>): Effect.Effect<A, E> => Effect.provideContext(effect, context)
    const jobs: ChatJobs = {
      submit: (job) => bound(submitChat(job)),
      cancel: (job) => bound(cancelJob(job)),
      markProgress: (mark) => bound(markProgress(mark)),
      keepAnswer: (answer) => bound(keepAnswer(answer)),
    }
    const onDefect = (error: unknown, requestId: string): void => logger.error({ err: error, request_id: requestId }, "a request failed")
    const { find } = apiKeyQueries(readDb)
    const { modelKnown } = nodeQueries(readDb)
    const cloud = cloudGateway({
      gatewayId, environment, bus, presence, counters, jobs, onDefect,
      keys: { find },
      digest: keyDigest([secrets.keyPepper]),
      models: { known: modelKnown },
    })
    const snapshot = { read: () => counters.snapshot() }
    const admin = adminGateway({ token: secrets.adminToken, presence, counters, snapshot, onDefect })
    return { cloud, admin }
  })

/** Starts listening; resolves with the port, which the system chose if 0 was asked for. */
export const listenHttp = async (app: FastifyInstance, address: { readonly host: string; readonly port: number }): Promise<number> => {
  await app.listen(address)
  return (app.server.address() as AddressInfo).port
}
