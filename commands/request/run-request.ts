import { Effect } from "effect"
import type { GatewayId, JobId, NamespaceId, RequestId } from "#domain/kernel/ids.ts"
import { request, type RequestCommand, type RequestOutcome } from "#domain/request/index.ts"
import { Commands } from "../handle.ts"
import { uuidV7 } from "../ids.ts"
import { RECORD_RETRY } from "../job/record-retry.ts"
import { type KeptReply, keepReply } from "./kept-reply.ts"

interface Generation {
  readonly requestId: RequestId
  readonly generation: number
}

const metaOf = (requestId: RequestId, step: string) => ({ commandId: `request/${requestId}/${step}`, correlationId: requestId })

/** Takes a request that nobody works on, or, with `replaces`, that of a lost gateway. The generation; null when another was faster. */
export const startRequest = Effect.fnUntraced(
  function* (start: { readonly requestId: RequestId; readonly gatewayId: GatewayId; readonly replaces: number | null }) {
    const { handle } = yield* Commands
    const { requestId } = start
    const command = { type: "StartRequest", ...start, at: Date.now() } as const
    const { events } = yield* handle(request, requestId, command, metaOf(requestId, `start/${uuidV7()}`))
    const started = events.find((event) => event.type === "RequestStarted")
    return started === undefined ? null : started.data.generation
  },
  Effect.catchTags({
    RequestTaken: () => Effect.succeed(null), RequestOver: () => Effect.succeed(null), StaleGeneration: () => Effect.succeed(null),
  }),
)

/** False when the request is not this generation's any more. */
const conclude = Effect.fnUntraced(
  function* (command: Extract<RequestCommand, { readonly generation: number }>) {
    const { handle } = yield* Commands
    const { requestId, generation } = command
    yield* handle(request, requestId, command, metaOf(requestId, `${generation}/${command.type}`))
    return true
  },
  Effect.catchTags({ StaleGeneration: () => Effect.succeed(false), RequestOver: () => Effect.succeed(false) }),
  Effect.retry(RECORD_RETRY),
)

/** Another gateway may take it. */
export const returnRequest = (undone: Generation) => conclude({ type: "ReturnRequest", ...undone, at: Date.now() })

/** It came to nothing and cost nothing: asking again is asking for the first time. */
export const dropRequest = (nothing: Generation & { readonly code: string }) => conclude({ type: "DropRequest", ...nothing, at: Date.now() })

/** Keeps the reply, then ends the request with it: only what is on record as finished is given out again. */
export const finishRequest = Effect.fnUntraced(function* (
  finished: Generation & {
    readonly namespaceId: NamespaceId
    readonly outcome: RequestOutcome
    readonly jobIds: readonly JobId[]
    readonly reply: KeptReply
  },
) {
  const { namespaceId, reply, requestId, generation, outcome, jobIds } = finished
  const proof = yield* keepReply({ namespaceId, requestId, generation }, reply)
  const { status } = reply
  return yield* conclude({ type: "FinishRequest", requestId, generation, outcome, jobIds, status, ...proof, at: Date.now() })
})
