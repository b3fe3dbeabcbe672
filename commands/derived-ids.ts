import { createHash } from "node:crypto"
import type { KeyId, NamespaceId } from "#domain/kernel/ids.ts"

const BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
const KEY_ID_CHARACTERS = 12

const hashOf = (parts: readonly string[]): Buffer => createHash("sha256").update(parts.join("\n")).digest()

/** The one key that whoever asks with the same words gets; the words cannot be read from it. */
export const derivedKeyId = (...parts: readonly string[]): KeyId => {
  let number = BigInt(`0x${hashOf(parts).toString("hex")}`)
  let text = ""
  for (let n = 0; n < KEY_ID_CHARACTERS; n += 1) {
    text += BASE62[Number(number % 62n)]
    number /= 62n
  }
  return text as KeyId
}

/** The one namespace that whoever asks with the same words gets (UUIDv8). */
export const derivedNamespaceId = (...parts: readonly string[]): NamespaceId => {
  const bytes = hashOf(parts).subarray(0, 16)
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80
  const hex = bytes.toString("hex")
  return `ns_${[hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-")}` as NamespaceId
}
