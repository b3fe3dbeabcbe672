import { Option, Schema } from "effect"
import { Environment, NodeId, SessionId, TimeMs } from "#domain/kernel/ids.ts"
import { NodeModel } from "#domain/node/index.ts"
import type { NodePresence } from "#commands/ports/presence.ts"

const Presence = Schema.Struct({
  nodeId: NodeId,
  sessionId: SessionId,
  environment: Environment,
  payee: Schema.String,
  models: Schema.Array(NodeModel),
  slots: Schema.Int,
  lastSeenAt: TimeMs,
  tokensPerSecond: Schema.Finite,
})

/** Who says it, and as which of its own messages about that node. */
const origin = { from: Schema.String, seq: Schema.Int }

const Message = Schema.Union([
  Schema.Struct({ type: Schema.Literal("here"), ...origin, presence: Presence }),
  Schema.Struct({ type: Schema.Literal("gone"), ...origin, nodeId: NodeId, sessionId: SessionId }),
])
export type PresenceMessage = typeof Message.Type

const decodeMessage = Schema.decodeUnknownOption(Schema.fromJsonString(Message))
const decodePresence = Schema.decodeUnknownOption(Schema.fromJsonString(Presence))

/** Null for what another release may say and this one does not know. */
export const readMessage = (text: string): PresenceMessage | null => Option.getOrNull(decodeMessage(text))

export const readPresence = (text: string): NodePresence | null => Option.getOrNull(decodePresence(text))
