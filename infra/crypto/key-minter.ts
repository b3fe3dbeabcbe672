import { createHmac } from "node:crypto"
import type { MintedSecret } from "#commands/ports/key-minter.ts"

/** HMAC-SHA256 of an API key's secret under a versioned pepper, hex. */
export const pepperedDigest = (secret: string, pepper: string): string =>
  createHmac("sha256", Buffer.from(pepper, "base64")).update(secret).digest("hex")

export const keyMinter = (pepper: { readonly version: number; readonly value: string }) => ({
  seal: (secret: string): MintedSecret => ({ pepperVersion: pepper.version, digest: pepperedDigest(secret, pepper.value) }),
})
