import { Context, type Effect } from "effect"
import type { SessionCertificate } from "#domain/node/index.ts"
import type { Environment, NodeId } from "#domain/kernel/ids.ts"

export interface SessionKey {
  readonly certificate: SessionCertificate
  /** ed25519 signature over UTF-8 `text` with the key that the certificate names, base64url. */
  readonly sign: (text: string) => string
}

export interface NodeIdentityShape {
  readonly nodeId: NodeId
  /** A fresh session id and key, vouched for by the EVM key. */
  readonly newSession: (environment: Environment) => Effect.Effect<SessionKey>
}

/** Who this node is. The EVM key stays behind this port. */
export class NodeIdentity extends Context.Service<NodeIdentity, NodeIdentityShape>()("node/NodeIdentity") {}
