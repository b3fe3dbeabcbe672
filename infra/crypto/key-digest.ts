import { timingSafeEqual } from "node:crypto"
import type { KeyDigest } from "#gateways/ports/key-digest.ts"
import { pepperedDigest } from "./key-minter.ts"

export interface Pepper {
  readonly version: number
  /** Base64. */
  readonly value: string
}

/** Checks secrets against digests under any of these peppers; more than one while a pepper is being replaced. */
export const keyDigest = (peppers: readonly Pepper[]): KeyDigest => {
  const byVersion = new Map(peppers.map(({ version, value }) => [version, value]))
  return {
    matches: ({ secret, pepperVersion, digest }) => {
      const pepper = byVersion.get(pepperVersion)
      if (pepper === undefined) return false
      const expected = Buffer.from(pepperedDigest(secret, pepper), "hex")
      const given = Buffer.from(digest, "hex")
      return given.length === expected.length && timingSafeEqual(given, expected)
    },
  }
}
