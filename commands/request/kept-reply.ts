import { Effect, Schema } from "effect"
import type { NamespaceId, RequestId } from "#domain/kernel/ids.ts"
import { ContentStore } from "../ports/content-store.ts"

/** An answer as HTTP has it. */
export const KeptReply = Schema.Struct({
  status: Schema.Int,
  headers: Schema.Record(Schema.String, Schema.String),
  /** All of it; of a stream the events as they were written, without ids. */
  body: Schema.String,
})
export type KeptReply = typeof KeptReply.Type

/** A request to one of the gateway's own routes, for whoever runs it later. */
export const KeptCall = Schema.Struct({
  path: Schema.String,
  headers: Schema.Record(Schema.String, Schema.String),
  body: Schema.String,
})
export type KeptCall = typeof KeptCall.Type

interface Place {
  readonly namespaceId: NamespaceId
  readonly requestId: RequestId
}

/** A gateway that was replaced writes over nobody's answer. */
const replyRef = ({ namespaceId, requestId, generation }: Place & { readonly generation: number }) =>
  ({ namespaceId, jobId: requestId, field: `reply/${generation}` }) as const
const callRef = ({ namespaceId, requestId }: Place) => ({ namespaceId, jobId: requestId, field: "request" }) as const

const reply = Schema.fromJsonString(KeptReply)
const call = Schema.fromJsonString(KeptCall)
const [encodeReply, decodeReply] = [Schema.encodeSync(reply), Schema.decodeUnknownSync(reply)]
const [encodeCall, decodeCall] = [Schema.encodeSync(call), Schema.decodeUnknownSync(call)]

export const keepReply = (place: Place & { readonly generation: number }, kept: KeptReply) =>
  Effect.flatMap(ContentStore, (content) => content.put(replyRef(place), encodeReply(kept)))

/** Null when it was erased or is past its retention. */
export const keptReply = (place: Place & { readonly generation: number }) =>
  Effect.flatMap(ContentStore, (content) => content.get(replyRef(place))).pipe(
    Effect.map(decodeReply),
    Effect.catchTag("ContentMissing", () => Effect.succeed(null)),
  )

export const keepCall = (place: Place, kept: KeptCall) =>
  Effect.flatMap(ContentStore, (content) => Effect.asVoid(content.put(callRef(place), encodeCall(kept))))

export const keptCall = (place: Place) =>
  Effect.flatMap(ContentStore, (content) => content.get(callRef(place))).pipe(
    Effect.map(decodeCall),
    Effect.catchTag("ContentMissing", () => Effect.succeed(null)),
  )
