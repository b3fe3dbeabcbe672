import { Context } from "effect"

export interface MintedSecret {
  readonly pepperVersion: number
  /** HMAC-SHA256 of the secret under that pepper, hex. */
  readonly digest: string
}

export interface KeyMinterShape {
  readonly seal: (secret: string) => MintedSecret
}

/** Turns an API key's secret into what may be stored. The pepper never leaves the adapter. */
export class KeyMinter extends Context.Service<KeyMinter, KeyMinterShape>()("commands/KeyMinter") {}
