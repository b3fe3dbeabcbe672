import { Context } from "effect"
import type { SessionCertificate } from "#domain/node/index.ts"

export interface RunningHash {
  readonly update: (text: string) => void
  /** SHA-256 of everything so far as UTF-8, hex. */
  readonly hex: () => string
}

export interface NodeSignaturesShape {
  /** The network's raw ed25519 public key, base64url. */
  readonly networkKey: string
  /** Signature over UTF-8 `text` with the network key, base64url. */
  readonly sign: (text: string) => string
  /** True when the certificate was signed by the EVM key that its `nodeId` names. */
  readonly verifyCertificate: (certificate: SessionCertificate) => Promise<boolean>
  /** True when `signature` (base64url) over UTF-8 `text` is of that ed25519 key (raw, base64url). Never throws. */
  readonly verify: (signed: { readonly publicKey: string; readonly text: string; readonly signature: string }) => boolean
  readonly hash: () => RunningHash
  /** Fresh 128-bit random text. */
  readonly nonce: () => string
}

/** Cryptography of the conversation between network and nodes. */
export class NodeSignatures extends Context.Service<NodeSignatures, NodeSignaturesShape>()("gateways/NodeSignatures") {}
