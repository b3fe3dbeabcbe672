import { hash, randomBytes, randomFillSync } from "node:crypto"
import type { AccountId, AttemptId, BatchId, FileId, GatewayId, HoldId, JobId, KeyId, NamespaceId, RequestId, SessionId, WebhookId } from "#domain/kernel/ids.ts"

/** The first 16 bytes of `hex` as a UUID, with the version and the variant in their places. */
const uuidOf = (hex: string, version: 5 | 7 | 8): string => {
  const variant = "89ab".charAt(Number.parseInt(hex.charAt(16), 16) & 0b11)
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${version}${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`
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
  pool.writeUIntBE(Date.now(), used, 6)
  return uuidOf(pool.toString("hex", used, (used += 16)), 7)
}

/** This project's namespace for name-based ids; never changes. */
const EVENT_NAMESPACE = Buffer.from("6f1c3c8e5d0b4c3f9a4e2b7d8c1f0a55", "hex")

/** UUIDv5 (RFC 9562) of a name: the id of the event with this index of this command. */
export const eventId = (commandId: string, index: number): string => {
  // In one call: an object for each hash took twice as long.
  return uuidOf(hash("sha1", Buffer.concat([EVENT_NAMESPACE, Buffer.from(`${commandId}/${index}`)]), "hex"), 5)
}

export const newAccountId = () => `acct_${uuidV7()}` as AccountId
export const newNamespaceId = () => `ns_${uuidV7()}` as NamespaceId
export const newJobId = () => `job_${uuidV7()}` as JobId
export const newAttemptId = () => `att_${uuidV7()}` as AttemptId
export const newGatewayId = () => `gw_${uuidV7()}` as GatewayId
export const newWebhookId = () => `wh_${uuidV7()}` as WebhookId
export const newSessionId = () => `sess_${uuidV7()}` as SessionId
export const newRequestId = () => `req_${uuidV7()}` as RequestId
/** The one request that a namespace has under an `Idempotency-Key`; the key itself cannot be read from it (UUIDv8). */
export const keyedRequestId = (namespaceId: NamespaceId, idempotencyKey: string) =>
  `req_${uuidOf(hash("sha256", `${namespaceId}\n${idempotencyKey}`, "hex"), 8)}` as RequestId
export const newFileId = () => `file-${uuidV7()}` as FileId
export const newBatchId = () => `batch_${uuidV7()}` as BatchId
/** A batch has one file of each kind, however often it is written (UUIDv8). */
export const batchFileId = (batchId: BatchId, kind: "output" | "error") => `file-${uuidOf(hash("sha256", `${batchId}\n${kind}`, "hex"), 8)}` as FileId
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
