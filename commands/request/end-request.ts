import { Effect } from "effect"
import type { RequestId } from "#domain/kernel/ids.ts"
import { request } from "#domain/request/index.ts"
import { Commands } from "../handle.ts"

/** Nobody wants the answer any more. False when it had ended already. */
export const cancelRequest = Effect.fnUntraced(
  function* ({ requestId, reason }: { readonly requestId: RequestId; readonly reason: string }) {
    const { handle } = yield* Commands
    const command = { type: "CancelRequest", requestId, reason, at: Date.now() } as const
    yield* handle(request, requestId, command, { commandId: `request/${requestId}/cancel/${command.at}`, correlationId: requestId })
    return true
  },
  Effect.catchTag("RequestOver", () => Effect.succeed(false)),
)

/** Its time is over. */
export const expireRequest = Effect.fnUntraced(
  function* (requestId: RequestId) {
    const { handle } = yield* Commands
    const command = { type: "ExpireRequest", requestId, at: Date.now() } as const
    yield* handle(request, requestId, command, { commandId: `request/${requestId}/expire/${command.at}`, correlationId: requestId })
  },
  Effect.catchTags({ RequestOver: () => Effect.void, RequestInTime: () => Effect.void }),
)

/** As the log has it now. */
export const loadRequest = (requestId: RequestId) => Effect.flatMap(Commands, ({ load }) => load(request, requestId))
