import type { Logger } from "pino"
import type { MetricsShape } from "#commands/ports/metrics.ts"
import type { CloudAnswered } from "#gateways/cloud/cloud-gateway.ts"
import type { Answered } from "#gateways/http/answered.ts"

export interface RequestLog {
  /** Of this gateway, for the metrics. */
  readonly role: string
  readonly logger: Logger
  readonly metrics: MetricsShape
}

/** What probes and scrapers ask all the time. */
const PROBED = new Set(["/healthz", "/readyz", "/metrics"])

/** One line and one observation per request. Ids and numbers only: no URL, no header, no body. */
export const requestLog =
  ({ role, logger, metrics }: RequestLog) =>
  (answered: Answered | CloudAnswered): void => {
    const { method, route, status, durationMs, requestId } = answered
    metrics.observe("resultity_http_request_duration_seconds", durationMs / 1_000, { role, route, status: String(status) })
    const line = {
      method, route, status,
      ms: Math.round(durationMs * 10) / 10,
      request_id: requestId,
      ...("caller" in answered ? whoAsked(answered) : {}),
    }
    if (PROBED.has(route)) logger.debug(line, "request")
    else logger.info(line, "request")
  }

const whoAsked = ({ jobId, caller }: CloudAnswered) => ({
  ...(jobId === null ? {} : { job_id: jobId }),
  ...(caller === null ? {} : { namespace_id: caller.namespaceId, key_id: caller.keyId }),
})
