import { parseKey } from "#domain/api-key/index.ts"
import type { KeyId, NamespaceId } from "#domain/kernel/ids.ts"
import type { KeyDigest } from "../ports/key-digest.ts"
import type { KeyDirectory, KeyRecord } from "../ports/key-directory.ts"
import { invalidKey, unavailable } from "./api-error.ts"

/** Who asks: the key and the namespace that pays. */
export interface Caller {
  readonly keyId: KeyId
  readonly namespaceId: NamespaceId
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
    if (record.revokedAt !== null) throw invalidKey("This API key was revoked.")
    return { keyId: record.keyId, namespaceId: record.namespaceId }
  }
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
