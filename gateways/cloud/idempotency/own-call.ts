import type { FastifyRequest } from "fastify"
import type { KeptCall } from "#commands/request/kept-reply.ts"
import { RESPONSE_ID_HEADER } from "../responses/response-ids.ts"

/** Of the connection, of whoever asks, or about the very wish that is being fulfilled. */
const NOT_PASSED: ReadonlySet<string> = new Set([
  "authorization", "host", "connection", "keep-alive", "content-length", "transfer-encoding", "expect", "idempotency-key", "prefer",
  RESPONSE_ID_HEADER, "last-event-id", "x-resultity-resumable", "upgrade", "te", "trailer", "cookie", "origin", "forwarded",
])

/** A client's request as this gateway asks it of itself. */
export const ownCall = ({ url, headers, body }: FastifyRequest): KeptCall => ({
  path: url,
  headers: Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined || NOT_PASSED.has(name) || name.startsWith("x-forwarded-") ? [] : [[name, String(value)]],
    ),
  ),
  body: JSON.stringify(body ?? null),
})
