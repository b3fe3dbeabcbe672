import { Schema } from "effect"
import { eventCodec, type EventOf } from "../kernel/event-codec.ts"
import { GatewayId, JobId, KeyId, NamespaceId, RequestId, TimeMs } from "../kernel/ids.ts"

/**
 * attached: a client waits for the answer, and may ask for it again · polling: it is fetched later · background, batch: likewise, for
 * who asked for a response or a batch.
 */
export const RequestMode = Schema.Literals(["attached", "polling", "background", "batch"])
export type RequestMode = typeof RequestMode.Type

/** Under which terms the request's jobs run. */
export const RequestPriority = Schema.Literals(["urgent", "normal", "bulk", "test"])
export type RequestPriority = typeof RequestPriority.Type

export const RequestOutcome = Schema.Literals(["completed", "failed"])
export type RequestOutcome = typeof RequestOutcome.Type

export const schemas = {
  /** A request whose answer will be kept until `expiresAt`. Its content is elsewhere; the digest says whether a repeat is the same. */
  RequestAccepted: Schema.Struct({
    requestId: RequestId,
    namespaceId: NamespaceId,
    keyId: KeyId,
    /** As in the route table: `POST /v1/chat/completions`. */
    endpoint: Schema.String,
    mode: RequestMode,
    priority: RequestPriority,
    model: Schema.NullOr(Schema.String),
    /** HMAC over path and body in canonical JSON, under the namespace's data key. */
    digest: Schema.String,
    bytes: Schema.Int,
    at: TimeMs,
    expiresAt: TimeMs,
  }),
  /** This gateway works on it; a later generation takes over from one that is lost. */
  RequestStarted: Schema.Struct({ requestId: RequestId, generation: Schema.Int, gatewayId: GatewayId, at: TimeMs }),
  /** Its gateway gives it back undone and uncharged: another one may take it. */
  RequestReturned: Schema.Struct({ requestId: RequestId, generation: Schema.Int, at: TimeMs }),
  /** It came to nothing, nothing was charged and nothing is kept: asking again is asking for the first time. */
  RequestDropped: Schema.Struct({ requestId: RequestId, generation: Schema.Int, code: Schema.String, at: TimeMs }),
  /** Its answer, or the error that it ended with, is kept. */
  RequestFinished: Schema.Struct({
    requestId: RequestId,
    generation: Schema.Int,
    outcome: RequestOutcome,
    /** Of HTTP. */
    status: Schema.Int,
    jobIds: Schema.Array(JobId),
    /** HMAC of the kept answer. */
    digest: Schema.String,
    bytes: Schema.Int,
    at: TimeMs,
  }),
  /** Nobody wants the answer any more. */
  RequestCancelled: Schema.Struct({ requestId: RequestId, reason: Schema.String, at: TimeMs }),
  /** No answer by the end of its time. */
  RequestExpired: Schema.Struct({ requestId: RequestId, at: TimeMs }),
}

export const codec = eventCodec(schemas)
export type RequestEvent = EventOf<typeof schemas>
export type Accepted = Extract<RequestEvent, { type: "RequestAccepted" }>["data"]
export type Finished = Extract<RequestEvent, { type: "RequestFinished" }>["data"]
