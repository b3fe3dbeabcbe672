import type { KeyLimits } from "#domain/api-key/index.ts"
import type { AccountId, KeyId, NamespaceId } from "#domain/kernel/ids.ts"

/** What a key may do, for whom, and until when. */
export interface KeyAccess {
  /** `inference` asks models, `manage` administers its account's namespaces and keys; neither may do the other. */
  readonly right: "inference" | "manage"
  /** Null: the network's configured ones. */
  readonly limits: KeyLimits | null
  /** The first key of a line of rotated ones: what was asked and spent counts for all of them. */
  readonly rootKeyId: KeyId
  /** When the key that took its place is the only one, in milliseconds since 1970; null: nothing took its place. */
  readonly endsAt: number | null
  /** Null where the read model does not have its namespace yet. */
  readonly accountId: AccountId | null
  readonly namespaceDeletedAt: number | null
}

/** What the read model knows of one API key. */
export interface KeyRecord {
  readonly keyId: KeyId
  readonly namespaceId: NamespaceId
  readonly mode: "test" | "live"
  readonly pepperVersion: number
  /** HMAC-SHA256 of the secret under that pepper, hex. */
  readonly digest: string
  /** Milliseconds since 1970, or null while the key is good. */
  readonly revokedAt: number | null
  readonly access: KeyAccess
}

export interface KeyDirectory {
  /** The key with this id, or null. Rejects when the read model cannot be reached. */
  readonly find: (keyId: string) => Promise<KeyRecord | null>
}
