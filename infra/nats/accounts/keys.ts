import { nkeys } from "@nats-io/transport-node"

export type KeyPair = nkeys.KeyPair

/** The seed as text: whoever has it is that operator, account or user. */
export const seedOf = (pair: KeyPair): string => new TextDecoder().decode(pair.getSeed())

export const keyOfSeed = (seed: string): KeyPair => nkeys.fromSeed(new TextEncoder().encode(seed))

/** A well-formed public key of a user: what a server lets sign its challenge. */
export const isUserKey = (publicKey: string): boolean => {
  if (!publicKey.startsWith("U")) return false
  try {
    return nkeys.fromPublic(publicKey).getPublicKey() === publicKey
  } catch {
    return false
  }
}
