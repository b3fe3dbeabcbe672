import { statusGateway } from "#gateways/status/status-gateway.ts"
import { requestLog } from "../../telemetry/request-log.ts"
import { reachable } from "../reachable.ts"
import { listenHttp } from "../listen-http.ts"
import type { Platform } from "../platform.ts"
import { type ListenOptions, type RunningRole, urlHost } from "./role.ts"

/** What anybody may know of the network. */
export const startStatus = async ({ adapters, config, logger, metrics }: Platform, { host, port }: ListenOptions): Promise<RunningRole> => {
  const { environment, presence, counters } = adapters
  const app = statusGateway({
    environment, presence, counters, ...reachable(config),
    onAnswered: requestLog({ role: "status", logger, metrics }),
    onDefect: (error, requestId) => logger.error({ err: error, request_id: requestId }, "a request failed"),
  })
  const taken = await listenHttp(app, { host, port })
  return { url: `http://${urlHost(host)}:${taken}/v1/status`, stop: () => app.close() }
}
