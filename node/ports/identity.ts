import { Context, Data } from "effect"
import type { Environment, NodeId, SessionId } from "#domain/kernel/ids.ts"
import type { SessionCertificate } from "#domain/node/index.ts"

/** A fresh key that the node's EVM key vouches for; it dies with the session. */
export interface Session {
  readonly sessionId: SessionId
  readonly certificate: SessionCertificate
  /** ed25519 signature over UTF-8 `text`, base64url. */
  readonly sign: (text: string) => string
}

export interface RunningHash {
  readonly update: (text: string) => void
  /** SHA-256 of everything so far as UTF-8, hex. */
  readonly hex: () => string
}

export interface NodeIdentityShape {
  readonly nodeId: NodeId
  readonly openSession: (environment: Environment) => Promise<Session>
  /** True when `signature` (base64url) over UTF-8 `text` is of that ed25519 key (raw, base64url). Never throws. */
  readonly verifyNetwork: (signed: { readonly publicKey: string; readonly text: string; readonly signature: string }) => boolean
  readonly hash: () => RunningHash
}

/** The node's key is missing a part, damaged, or not the one that was asked for. `message` says what to do. */
export class IdentityUnusable extends Data.TaggedError("IdentityUnusable")<{ readonly message: string }> {}

/** Who this node is, and its signatures. The EVM key itself never leaves the adapter. */
export class NodeIdentity extends Context.Service<NodeIdentity, NodeIdentityShape>()("node/NodeIdentity") {}
