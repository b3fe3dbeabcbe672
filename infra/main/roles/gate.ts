import { gateGateway } from "#gateways/gate/gate-gateway.ts"
import { apiKeyQueries } from "#projections/api-keys/query.ts"
import { nodeQueries } from "#projections/nodes/query.ts"
import { keyDigest } from "../../crypto/key-digest.ts"
import { natsNodeCredentials } from "../../nats/accounts/node-credentials.ts"
import { readNodeSigner } from "../../nats/accounts/node-signer.ts"
import { requestLog } from "../../telemetry/request-log.ts"
import { cannotStart } from "../exit.ts"
import { accountDeps } from "../account-deps.ts"
import { manageDeps } from "../manage-deps.ts"
import { reachable } from "../reachable.ts"
import { listenHttp } from "../listen-http.ts"
import type { Platform } from "../platform.ts"
import { type ListenOptions, type RunningRole, urlHost } from "./role.ts"

/** For those who run nodes, credentials for the job stream; for accounts, their keys and namespaces. `signerFile` is the `node-signer.json` of this network. */
export const startGate = async (platform: Platform, signerFile: string | null, { host, port }: ListenOptions): Promise<RunningRole> => {
  const { adapters, readDb, logger, metrics } = platform
  const { environment, counters } = adapters
  if (signerFile === null) throw cannotStart("gate needs NATS_NODE_SIGNER: the node-signer.json that `resultity nats-accounts init` made")
  const signer = await readNodeSigner(signerFile)
  if (signer.environment !== environment) throw cannotStart(`NATS_NODE_SIGNER is for ${signer.environment}, this is ${environment}`)
  const { find } = nodeQueries(readDb)
  const app = gateGateway({
    keys: adapters.cacheKeys(apiKeyQueries(readDb)),
    digest: keyDigest([platform.secrets.keyPepper]),
    limits: { rateLimit: adapters.rateLimit, perSecond: platform.config.keyRequestsPerSecond },
    manage: await manageDeps(platform),
    account: await accountDeps(platform),
    environment, counters, ...reachable(platform.config),
    onAnswered: requestLog({ role: "gate", logger, metrics }),
    credentials: natsNodeCredentials(signer),
    nodes: { isRegistered: async (nodeId) => (await find(nodeId))?.environment === environment },
    onDefect: (error, requestId) => logger.error({ err: error, request_id: requestId }, "a request failed"),
  })
  const taken = await listenHttp(app, { host, port })
  return { url: `http://${urlHost(host)}:${taken}`, stop: () => app.close() }
}
