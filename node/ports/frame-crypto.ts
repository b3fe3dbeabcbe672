import { Context } from "effect"

export interface RunningHash {
  readonly update: (text: string) => void
  /** SHA-256 of everything so far as UTF-8, hex. */
  readonly hex: () => string
}

export interface FrameCryptoShape {
  /** True when `signature` (base64url) over UTF-8 `text` is of that ed25519 key (raw, base64url). Never throws. */
  readonly verify: (signed: { readonly publicKey: string; readonly text: string; readonly signature: string }) => boolean
  readonly hash: () => RunningHash
}

export class FrameCrypto extends Context.Service<FrameCrypto, FrameCryptoShape>()("node/FrameCrypto") {}
