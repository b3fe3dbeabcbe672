import { adminGateway } from "#gateways/admin/admin-gateway.ts"
import { requestLog } from "../../telemetry/request-log.ts"
import { listenHttp } from "../listen-http.ts"
import type { Platform } from "../platform.ts"
import { readinessOf } from "../readiness.ts"
import { type ListenOptions, type RunningRole, urlHost } from "./role.ts"

/** Health, metrics and what the operator may see of this process. */
export const startAdmin = async (platform: Platform, { host, port }: ListenOptions): Promise<RunningRole> => {
  const { adapters, secrets, logger, checks, stopping, metrics } = platform
  const { presence, counters } = adapters
  const app = adminGateway({
    token: secrets.adminToken,
    presence, counters,
    readiness: readinessOf(checks, stopping),
    snapshot: { read: () => counters.snapshot() },
    metrics: metrics.text,
    onAnswered: requestLog({ role: "admin", logger, metrics }),
    onDefect: (error, requestId) => logger.error({ err: error, request_id: requestId }, "a request failed"),
  })
  const taken = await listenHttp(app, { host, port })
  return { url: `http://${urlHost(host)}:${taken}`, stop: () => app.close() }
}
