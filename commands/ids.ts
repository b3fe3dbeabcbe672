import { createHash, randomBytes, randomFillSync } from "node:crypto"
import type { AccountId, AttemptId, GatewayId, HoldId, JobId, KeyId, NamespaceId, RequestId, SessionId } from "#domain/kernel/ids.ts"

const hexOf = (bytes: Uint8Array): string => {
  const hex = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("hex")
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}

const stamp = (bytes: Uint8Array, version: number): string => {
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | (version << 4)
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80
  return hexOf(bytes)
}

/** Random bytes for 256 ids at once: asking the system for each took a tenth of what a command costs. */
const pool = Buffer.alloc(4_096)
let used = pool.length

/** UUIDv7 (RFC 9562): 48 bits of milliseconds, then random. */
export const uuidV7 = (): string => {
  if (used === pool.length) {
    randomFillSync(pool)
    used = 0
  }
  const bytes = pool.subarray(used, (used += 16))
  bytes.writeUIntBE(Date.now(), 0, 6)
  return stamp(bytes, 7)
}

/** This project's namespace for name-based ids; never changes. */
const EVENT_NAMESPACE = Buffer.from("6f1c3c8e5d0b4c3f9a4e2b7d8c1f0a55", "hex")

/** UUIDv5 (RFC 9562) of a name: the id of the event with this index of this command. */
export const eventId = (commandId: string, index: number): string => {
  const hash = createHash("sha1").update(EVENT_NAMESPACE).update(`${commandId}/${index}`).digest()
  return stamp(hash.subarray(0, 16), 5)
}

export const newAccountId = () => `acct_${uuidV7()}` as AccountId
export const newNamespaceId = () => `ns_${uuidV7()}` as NamespaceId
export const newJobId = () => `job_${uuidV7()}` as JobId
export const newAttemptId = () => `att_${uuidV7()}` as AttemptId
export const newGatewayId = () => `gw_${uuidV7()}` as GatewayId
export const newSessionId = () => `sess_${uuidV7()}` as SessionId
export const newRequestId = () => `req_${uuidV7()}` as RequestId
/** The one request that a namespace has under an `Idempotency-Key`; the key itself cannot be read from it (UUIDv8). */
export const keyedRequestId = (namespaceId: NamespaceId, idempotencyKey: string) => {
  const hash = createHash("sha256").update(`${namespaceId}\n${idempotencyKey}`).digest()
  return `req_${stamp(hash.subarray(0, 16), 8)}` as RequestId
}
/** A job has one hold, so that either finds the other. */
export const holdIdOf = (jobId: JobId) => `hold_${jobId.slice("job_".length)}` as HoldId

const BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
/** Bytes at or above this would make some characters likelier than others. */
const UNBIASED_BYTES = 248

export const randomBase62 = (length: number): string => {
  let text = ""
  while (text.length < length) {
    for (const byte of randomBytes(length)) {
      if (byte < UNBIASED_BYTES && text.length < length) text += BASE62[byte % 62]
    }
  }
  return text
}

export const newKeyId = () => randomBase62(12) as KeyId
