import { createCipheriv, createDecipheriv, createHmac, randomBytes } from "node:crypto"

/** AES-256. */
export const DATA_KEY_BYTES = 32
/** What GCM wants (NIST SP 800-38D); random, so at most 2^32 messages per key. */
const NONCE_BYTES = 12
const TAG_BYTES = 16
const CIPHER = "aes-256-gcm"

/** The sealed bytes were changed, or belong to another key or another place. */
export class Unsealable extends Error {}

/** Names the place that sealed bytes belong to; JSON keeps ["a", "bc"] and ["ab", "c"] apart. */
export const placeOf = (...parts: readonly string[]): Buffer => Buffer.from(JSON.stringify(parts))

/** AES-256-GCM: nonce, ciphertext, tag. `place` is bound into the tag. */
export const seal = (key: Buffer, place: Buffer, plain: Buffer): Buffer => {
  const nonce = randomBytes(NONCE_BYTES)
  const cipher = createCipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES }).setAAD(place)
  return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()])
}

/** The reverse of `seal`; throws `Unsealable`. */
export const unseal = (key: Buffer, place: Buffer, sealed: Buffer): Buffer => {
  if (sealed.length < NONCE_BYTES + TAG_BYTES) throw new Unsealable("too short")
  const decipher = createDecipheriv(CIPHER, key, sealed.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES })
  decipher.setAAD(place).setAuthTag(sealed.subarray(-TAG_BYTES))
  try {
    return Buffer.concat([decipher.update(sealed.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()])
  } catch {
    throw new Unsealable("another key, another place, or changed bytes")
  }
}

/** HMAC-SHA256 of a content under the namespace's data key, hex: says nothing about the content once that key is gone. */
export const contentDigest = (dataKey: Buffer, body: Buffer): string => createHmac("sha256", dataKey).update(body).digest("hex")
