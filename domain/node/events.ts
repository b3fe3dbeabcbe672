import { Schema } from "effect"
import { eventCodec, type EventOf } from "../kernel/event-codec.ts"
import { ModelFeature, Task } from "../protocol/inference-request.ts"
import { Environment, NodeId, SessionId, TimeMs } from "../kernel/ids.ts"

export const NodeModel = Schema.Struct({
  name: Schema.String,
  /** SHA-256 of the model file, hex. */
  hash: Schema.String,
  /** Tokens of prompt and answer together. */
  contextLength: Schema.Int,
  /** Absent in records of nodes that could only chat. */
  tasks: Schema.optionalKey(Schema.Array(Task)),
  features: Schema.optionalKey(Schema.Array(ModelFeature)),
})
export type NodeModel = typeof NodeModel.Type

/** The EIP-712 certificate by which the node's EVM key vouches for a session key; with it any receipt verifies years later. */
export const SessionCertificate = Schema.Struct({
  nodeId: NodeId,
  sessionId: SessionId,
  environment: Environment,
  /** Raw ed25519 public key, base64url. */
  publicKey: Schema.String,
  issuedAt: TimeMs,
  expiresAt: TimeMs,
  /** Hex, 65 bytes. */
  signature: Schema.String,
})
export type SessionCertificate = typeof SessionCertificate.Type

export const schemas = {
  /** First contact of an EVM identity with this network. */
  NodeRegistered: Schema.Struct({ nodeId: NodeId, environment: Environment, at: TimeMs }),
  /** A connection whose certificate was checked. */
  NodeSessionOpened: Schema.Struct({
    nodeId: NodeId,
    sessionId: SessionId,
    certificate: SessionCertificate,
    version: Schema.String,
    slots: Schema.Int,
    at: TimeMs,
  }),
  /** The model answered its test at start, so the node may be given jobs for it. */
  NodeModelActivated: Schema.Struct({ nodeId: NodeId, sessionId: SessionId, model: NodeModel, at: TimeMs }),
  /** The connection ended, for this reason. */
  NodeSessionClosed: Schema.Struct({ nodeId: NodeId, sessionId: SessionId, reason: Schema.String, at: TimeMs }),
}

export const codec = eventCodec(schemas)
export type NodeEvent = EventOf<typeof schemas>
