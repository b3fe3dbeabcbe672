import { Schema } from "effect"
import { KeyLimits } from "#domain/api-key/index.ts"
import { AccountId, KeyId, NamespaceId } from "#domain/kernel/ids.ts"
import type { ReadDb } from "../read-db.ts"
import type { ApiKeyTables } from "./table.ts"

/** What a key may do, for whom, and until when. */
export interface KeyAccess {
  readonly right: "inference" | "manage"
  /** Null: the network's configured ones. */
  readonly limits: KeyLimits | null
  /** The first key of a line of rotated ones. */
  readonly rootKeyId: KeyId
  /** When the key that took its place is the only one, in milliseconds since 1970; null: nothing took its place. */
  readonly endsAt: number | null
  /** Null where its namespace is not in the tables yet. */
  readonly accountId: AccountId | null
  readonly namespaceDeletedAt: number | null
}

export interface ApiKeyView {
  readonly keyId: KeyId
  readonly namespaceId: NamespaceId
  readonly mode: "test" | "live"
  readonly name: string
  readonly pepperVersion: number
  /** HMAC-SHA256 of the secret under the pepper of that version. */
  readonly digest: string
  readonly createdAt: number
  readonly createdBy: KeyId | null
  readonly successorId: KeyId | null
  readonly revokedAt: number | null
  readonly access: KeyAccess
}

export interface KeyFilter {
  readonly namespaceId?: string
  readonly accountId?: string
}

export interface KeyPage extends KeyFilter {
  readonly limit: number
  /** The key that the page before ended with; null: from the first on. */
  readonly after: string | null
}

interface Joined {
  readonly account_id: string | null
  readonly deleted_at: bigint | null
}

const limitsOf = Schema.decodeUnknownSync(Schema.NullOr(KeyLimits))
const numberOr = (value: bigint | null): number | null => (value === null ? null : Number(value))
const keyOr = (value: string | null): KeyId | null => (value === null ? null : KeyId.make(value))

const view = (row: ApiKeyTables["api_keys"] & Joined): ApiKeyView => ({
  keyId: KeyId.make(row.key_id),
  namespaceId: NamespaceId.make(row.namespace_id),
  mode: row.mode === "live" ? "live" : "test",
  name: row.name,
  pepperVersion: Number(row.pepper_version),
  digest: row.digest,
  createdAt: Number(row.created_at),
  createdBy: keyOr(row.created_by),
  successorId: keyOr(row.successor_id),
  revokedAt: numberOr(row.revoked_at),
  access: {
    right: row.right === "manage" ? "manage" : "inference",
    limits: limitsOf(row.limits),
    rootKeyId: KeyId.make(row.root_key_id),
    endsAt: numberOr(row.ends_at),
    accountId: row.account_id === null ? null : AccountId.make(row.account_id),
    namespaceDeletedAt: numberOr(row.deleted_at),
  },
})

export const apiKeyQueries = (db: ReadDb) => {
  const keys = () =>
    db.selectFrom("api_keys").leftJoin("namespaces", "namespaces.namespace_id", "api_keys.namespace_id")
      .selectAll("api_keys").select(["namespaces.account_id", "namespaces.deleted_at"])
  const chosen = ({ namespaceId, accountId }: KeyFilter) => {
    const ofNamespace = namespaceId === undefined ? keys() : keys().where("api_keys.namespace_id", "=", namespaceId)
    return accountId === undefined ? ofNamespace : ofNamespace.where("namespaces.account_id", "=", accountId)
  }
  return {
    find: async (keyId: string): Promise<ApiKeyView | null> => {
      const row = await keys().where("key_id", "=", keyId).executeTakeFirst()
      return row === undefined ? null : view(row)
    },
    /** Oldest first, revoked ones too; of all namespaces when none is named. */
    list: async (filter: KeyFilter = {}): Promise<readonly ApiKeyView[]> =>
      (await chosen(filter).orderBy("api_keys.position").execute()).map(view),
    /** Oldest first, revoked ones too; empty behind a key that is not there. */
    page: async ({ limit, after, ...filter }: KeyPage): Promise<readonly ApiKeyView[]> => {
      const behind = chosen(filter).$if(after !== null, (query) =>
        query.where("api_keys.position", ">", db.selectFrom("api_keys as last").select("last.position").where("last.key_id", "=", after ?? "")),
      )
      return (await behind.orderBy("api_keys.position").limit(limit).execute()).map(view)
    },
    /** Keys of a namespace that are not revoked. */
    countActive: async (namespaceId: string): Promise<number> => {
      const count = db.selectFrom("api_keys").select((on) => on.fn.countAll<bigint>().as("keys"))
      const row = await count.where("namespace_id", "=", namespaceId).where("revoked_at", "is", null).executeTakeFirst()
      return Number(row?.keys ?? 0)
    },
  }
}
