import { Schema } from "effect"
import { Environment, NodeId, TimeMs } from "../kernel/ids.ts"

/** Longest life of a node's credentials for the job stream. */
export const MAX_CREDENTIALS_MS = 24 * 3_600_000

/** What a node sends to get credentials for its own part of the job stream. The private half of `public_key` stays with the node. */
export const NodeCredentialsRequest = Schema.Struct({
  node_id: NodeId,
  /** The node's NATS user key, public half: `U…`. */
  public_key: Schema.String.check(Schema.isPattern(/^U[A-Z2-7]{55}$/)),
  environment: Environment,
  /** Also what tells one request from the next: each must be later than the one before. */
  issued_at: TimeMs,
  /** EIP-712, by the node's EVM key. */
  signature: Schema.String.check(Schema.isPattern(/^0x[0-9a-f]{130}$/)),
})
export type NodeCredentialsRequest = typeof NodeCredentialsRequest.Type

export const NODE_CREDENTIALS_DOMAIN = { name: "Resultity", version: "1" } as const

export const NODE_CREDENTIALS_TYPES = {
  NodeCredentials: [
    { name: "nodeId", type: "address" },
    { name: "publicKey", type: "string" },
    { name: "environment", type: "string" },
    { name: "issuedAt", type: "uint64" },
  ],
} as const

/** The typed-data message of a request. */
export const nodeCredentialsMessage = (request: Omit<NodeCredentialsRequest, "signature">) => ({
  nodeId: request.node_id as string as `0x${string}`,
  publicKey: request.public_key,
  environment: request.environment as string,
  issuedAt: BigInt(request.issued_at),
})
