import { parseKey } from "#domain/api-key/index.ts"
import type { KeyId, NamespaceId } from "#domain/kernel/ids.ts"
import type { KeyDigest } from "../ports/key-digest.ts"
import type { KeyAccess, KeyDirectory, KeyRecord } from "../ports/key-directory.ts"
import { forbidden, invalidKey, unavailable } from "./api-error.ts"

/** Who asks: the key, what it may do, and the namespace that pays. */
export interface Caller {
  readonly keyId: KeyId
  readonly namespaceId: NamespaceId
  readonly mode: "test" | "live"
  readonly access: KeyAccess
}

/** How long a record is believed. A revocation must reach every gateway within 5 s, read model included. */
const CACHE_MS = 1_000
/** Records kept; the oldest goes first. */
const CACHE_RECORDS = 10_000

const BEARER = /^Bearer +(\S+) *$/i

export interface AuthenticateDeps {
  readonly keys: KeyDirectory
  readonly digest: KeyDigest
  readonly now: () => number
}

/** Turns an `Authorization` header into the caller, or throws the 401 (503 when nobody can tell). */
export const authenticator = ({ keys, digest, now }: AuthenticateDeps) => {
  const records = recordCache(keys, now)
  return async (authorization: string | undefined): Promise<Caller> => {
    if (authorization === undefined || authorization === "") {
      throw invalidKey("You didn't provide an API key. Send it in the header: Authorization: Bearer YOUR_KEY.")
    }
    const token = BEARER.exec(authorization)?.[1]
    const key = token === undefined ? null : parseKey(token)
    if (key === null) throw invalidKey("Incorrect API key provided: it is not a complete key of this service.")
    const record = await records(key.keyId)
    const good = record !== null && record.mode === key.mode && digest.matches({ ...record, secret: key.secret })
    if (!good) throw invalidKey("Incorrect API key provided.")
    refuseEnded(record, now())
    const { keyId, namespaceId, mode, access } = record
    return { keyId, namespaceId, mode, access }
  }
}

/** The caller behind a key that was checked before, as it is now; throws the 401 when the key is good no more. */
export const callerByKey = ({ keys, now }: Omit<AuthenticateDeps, "digest">) => {
  const records = recordCache(keys, now)
  return async (keyId: KeyId): Promise<Caller> => {
    const record = await records(keyId)
    if (record === null) throw invalidKey("This API key is not known any more.")
    refuseEnded(record, now())
    const { namespaceId, mode, access } = record
    return { keyId, namespaceId, mode, access }
  }
}

const refuseEnded = ({ revokedAt, access: { limits, endsAt, namespaceDeletedAt } }: KeyRecord, now: number): void => {
  if (revokedAt !== null) throw invalidKey("This API key was revoked.")
  if (endsAt !== null && now >= endsAt) throw invalidKey("This API key was rotated: the key that took its place is the only one now.")
  if (limits !== null && limits.expiresAt !== null && now >= limits.expiresAt) throw invalidKey("This API key has expired.")
  if (namespaceDeletedAt !== null) throw forbidden({ code: "namespace_deleted", message: "The namespace of this API key was deleted." })
}

/** As `authenticator`, for keys with this right alone; throws the 403 for others. */
export const withRight =
  (right: KeyAccess["right"], authenticate: (authorization: string | undefined) => Promise<Caller>) =>
  async (authorization: string | undefined): Promise<Caller> => {
    const caller = await authenticate(authorization)
    if (caller.access.right === right) return caller
    throw forbidden({ code: "insufficient_permissions", message: REFUSED_RIGHT[right] })
  }

const REFUSED_RIGHT = {
  inference: "This API key manages namespaces and keys; it cannot be used for inference. Use an inference key.",
  manage: "This API key is for inference; it cannot manage namespaces and keys. Use a key with the right 'manage'.",
}

interface Cached {
  readonly record: Promise<KeyRecord | null>
  readonly at: number
}

/** One look-up per key and second, however many requests come. Failures are not kept. */
const recordCache = (keys: KeyDirectory, now: () => number) => {
  const cache = new Map<string, Cached>()
  return async (keyId: string): Promise<KeyRecord | null> => {
    const cached = cache.get(keyId)
    if (cached !== undefined && now() - cached.at < CACHE_MS) return cached.record
    const record = keys.find(keyId).catch(() => {
      cache.delete(keyId)
      throw unavailable("keys_unavailable", "API keys cannot be checked at the moment. Please try again.")
    })
    cache.delete(keyId)
    cache.set(keyId, { record, at: now() })
    const oldest = cache.keys().next()
    if (cache.size > CACHE_RECORDS && !oldest.done) cache.delete(oldest.value)
    return record
  }
}
