import { KeyId, NamespaceId } from "#domain/kernel/ids.ts"
import type { ReadDb } from "../read-db.ts"
import type { ApiKeyTables } from "./table.ts"

export interface ApiKeyView {
  readonly keyId: KeyId
  readonly namespaceId: NamespaceId
  readonly mode: "test" | "live"
  readonly name: string
  readonly pepperVersion: number
  /** HMAC-SHA256 of the secret under the pepper of that version. */
  readonly digest: string
  readonly createdAt: number
  readonly revokedAt: number | null
}

const view = (row: ApiKeyTables["api_keys"]): ApiKeyView => ({
  keyId: KeyId.make(row.key_id),
  namespaceId: NamespaceId.make(row.namespace_id),
  mode: row.mode === "live" ? "live" : "test",
  name: row.name,
  pepperVersion: Number(row.pepper_version),
  digest: row.digest,
  createdAt: Number(row.created_at),
  revokedAt: row.revoked_at === null ? null : Number(row.revoked_at),
})

export const apiKeyQueries = (db: ReadDb) => ({
  find: async (keyId: string): Promise<ApiKeyView | null> => {
    const row = await db.selectFrom("api_keys").selectAll().where("key_id", "=", keyId).executeTakeFirst()
    return row === undefined ? null : view(row)
  },
  /** Oldest first, revoked ones too; of all namespaces when none is named. */
  list: async (filter: { readonly namespaceId?: string } = {}): Promise<readonly ApiKeyView[]> => {
    const keys = db.selectFrom("api_keys").selectAll().orderBy("position")
    const chosen = filter.namespaceId === undefined ? keys : keys.where("namespace_id", "=", filter.namespaceId)
    return (await chosen.execute()).map(view)
  },
})
