import type { KeyId, NamespaceId } from "#domain/kernel/ids.ts"

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
}

export interface KeyDirectory {
  /** The key with this id, or null. Rejects when the read model cannot be reached. */
  readonly find: (keyId: string) => Promise<KeyRecord | null>
}
