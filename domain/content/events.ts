import { Schema } from "effect"
import { eventCodec, type EventOf } from "../kernel/event-codec.ts"
import { JobId, NamespaceId, TimeMs } from "../kernel/ids.ts"

/** Of a namespace (null) or of one of its jobs. */
const Scope = { namespaceId: NamespaceId, jobId: Schema.NullOr(JobId) }

export const schemas = {
  /** Somebody who may do so wants prompts and answers gone. From here on the network owes it. */
  ContentErasureRequested: Schema.Struct({
    ...Scope,
    erasureId: Schema.String,
    reason: Schema.String,
    at: TimeMs,
  }),
  /** It cannot be read any more: the job's contents are deleted, or the namespace's data key is destroyed. Their digests stay in the log. */
  ContentErased: Schema.Struct({ ...Scope, erasureId: Schema.String, at: TimeMs }),
}

export const codec = eventCodec(schemas)
export type ContentEvent = EventOf<typeof schemas>
