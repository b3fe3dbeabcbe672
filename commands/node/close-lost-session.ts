import { Effect } from "effect"
import type { NodeId, SessionId } from "#domain/kernel/ids.ts"
import { node } from "#domain/node/index.ts"
import { Commands } from "../handle.ts"

/** Ends a session whose gateway process died without saying so. Nothing happens when the node has a newer one by now. */
export const closeLostSession = Effect.fnUntraced(function* (lost: { readonly nodeId: NodeId; readonly sessionId: SessionId }) {
  const { handle } = yield* Commands
  const { nodeId, sessionId } = lost
  const command = { type: "CloseNodeSession", nodeId, sessionId, reason: "gateway_lost", at: Date.now() } as const
  yield* handle(node, nodeId, command, { commandId: `session/${sessionId}/lost`, correlationId: nodeId })
})
