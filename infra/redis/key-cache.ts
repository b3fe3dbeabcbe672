import { Result, Schema } from "effect"
import { KeyLimits, KeyRight } from "#domain/api-key/index.ts"
import { AccountId, KeyId, NamespaceId } from "#domain/kernel/ids.ts"
import type { KeyDirectory, KeyRecord } from "#gateways/ports/key-directory.ts"
import type { CountersShape } from "#commands/ports/counters.ts"
import type { RedisLink } from "./connect.ts"

/**
 * How long all gateways together believe a record. With the second that each of them believes it by itself and the projector's pause a
 * revocation reaches everybody in less than 5 s.
 */
export const SHARED_MS = 2_000

const Cached = Schema.fromJsonString(
  Schema.Struct({
    keyId: KeyId,
    namespaceId: NamespaceId,
    mode: Schema.Literals(["test", "live"]),
    pepperVersion: Schema.Int,
    digest: Schema.String,
    revokedAt: Schema.NullOr(Schema.Number),
    access: Schema.Struct({
      right: KeyRight,
      limits: Schema.NullOr(KeyLimits),
      rootKeyId: KeyId,
      endsAt: Schema.NullOr(Schema.Number),
      accountId: Schema.NullOr(AccountId),
      namespaceDeletedAt: Schema.NullOr(Schema.Number),
    }),
  }),
)
const encode = Schema.encodeSync(Cached)
const decode = Schema.decodeUnknownResult(Cached)

export interface KeyCacheOptions {
  /** In front of every key. */
  readonly prefix: string
  readonly counters: CountersShape
}

/**
 * One look-up in the read model per API key for all gateways. A key that is not there is asked for each time: it may have been made a
 * moment ago. Without Redis every gateway asks by itself.
 */
export const redisKeyCache = (keys: KeyDirectory, { commands }: RedisLink, { prefix, counters }: KeyCacheOptions): KeyDirectory => {
  const keyOf = (keyId: string): string => `${prefix}api-key:${keyId}`

  const cached = async (keyId: string): Promise<KeyRecord | null> => {
    const text = await commands.get(keyOf(keyId)).catch(() => null)
    if (text === null) return null
    const decoded = decode(text)
    return Result.isSuccess(decoded) && decoded.success.keyId === keyId ? decoded.success : null
  }
  const keep = ({ keyId, namespaceId, mode, pepperVersion, digest, revokedAt, access }: KeyRecord): void => {
    const text = encode({ keyId, namespaceId, mode, pepperVersion, digest, revokedAt, access })
    commands.set(keyOf(keyId), text, "PX", SHARED_MS).catch(() => counters.increment("key_cache_failed_total"))
  }
  return {
    find: async (keyId) => {
      const known = await cached(keyId)
      if (known !== null) return known
      const record = await keys.find(keyId)
      if (record !== null) keep(record)
      return record
    },
  }
}
