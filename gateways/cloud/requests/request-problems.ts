import { ApiError, unavailable } from "../../http/api-error.ts"
import type { LoopbackReply } from "../../ports/loopback.ts"
import type { ReplyHead } from "./tape.ts"

const ofClient = (status: number, code: string, message: string, param: string | null = null) =>
  new ApiError({ status, type: "invalid_request_error", code, message, param, headers: { "x-should-retry": "false" } })

export const keyReused = () =>
  ofClient(422, "idempotency_key_reused", "This Idempotency-Key was used for another request. Use a new key for a new request.")

export const malformedKey = () =>
  ofClient(400, "invalid_idempotency_key", "An Idempotency-Key has 1 to 255 printable ASCII characters.", "Idempotency-Key")

export const keyNotServed = () =>
  ofClient(400, "idempotency_not_supported", "This route takes no Idempotency-Key: an upload is not remembered.", "Idempotency-Key")

export const requestCancelledError = () =>
  ofClient(409, "request_cancelled", "This request was cancelled: nobody waited for its answer, or its client ended it. Use a new key to ask again.")

export const requestExpired = () => ofClient(410, "request_expired", "This request had no answer within its time.")

export const replyGone = () => ofClient(410, "reply_gone", "The answer to this request is not kept any more.")

export const unknownRequest = (id: string) => ofClient(404, "request_not_found", `There is no request '${id}'.`, "id")

export const requestOver = (status: string) => ofClient(409, "request_over", `This request has ended already: it is ${status}.`)

/** The rest of a stream whose gateway is lost is nowhere. */
export const streamLost = () =>
  ofClient(
    409, "stream_lost",
    "This stream cannot go on: the gateway that had it is gone. Nothing was charged for it; ask again without Last-Event-ID.",
  )

export const malformedEventId = () =>
  ofClient(400, "invalid_last_event_id", "Last-Event-ID is not an id of an event of this stream.", "Last-Event-ID")

const replyOf = (error: ApiError): ReplyHead & { readonly parts: readonly string[] } => ({
  status: error.status,
  headers: { "content-type": "application/json; charset=utf-8", ...error.headers },
  parts: [JSON.stringify(error.body)],
})

export const interruptedReply = () => replyOf(unavailable("interrupted", "The gateway could not finish this request. Please try again."))

/** Of one connection or one request, not of the answer. */
const NOT_CONTENT: ReadonlySet<string> = new Set([
  "connection", "keep-alive", "transfer-encoding", "content-length", "date", "x-request-id", "vary", "access-control-allow-origin",
  "access-control-expose-headers", "access-control-allow-credentials",
])

/** What a repeat gets too: not what was left of a limit at that moment. */
export const keptHeaders = (headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !name.startsWith("x-ratelimit-")))

export const contentHeaders = (headers: LoopbackReply["headers"]): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined || NOT_CONTENT.has(name) ? [] : [[name, String(value)]],
    ),
  )
