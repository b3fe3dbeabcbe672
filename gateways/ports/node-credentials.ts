import type { NodeId } from "#domain/kernel/ids.ts"
import type { NodeCredentialsRequest } from "#domain/protocol/node-credentials.ts"

/** Who a node becomes on the job stream's servers. */
export interface NodeGrant {
  readonly nodeId: NodeId
  readonly publicKey: string
  /** Milliseconds since 1970; the servers close the connection then. */
  readonly expiresAt: number
}

export interface NodeCredentials {
  /** Whether `public_key` is a user's key, its checksum included. Never throws. */
  readonly isUserKey: (publicKey: string) => boolean
  /** True when the EVM key that `node_id` names signed it; false for another spelling of the same address. Never throws. */
  readonly isSigned: (request: NodeCredentialsRequest) => Promise<boolean>
  /** A user JWT that opens the node's own consumer and nothing else. It is worth nothing without the node's private key. */
  readonly issue: (grant: NodeGrant) => Promise<string>
}

export interface RegisteredNodes {
  /** Whether a node with this id registered in this environment. Rejects when the read model cannot be reached. */
  readonly isRegistered: (nodeId: NodeId) => Promise<boolean>
}
