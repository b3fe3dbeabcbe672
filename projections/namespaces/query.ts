import { AccountId, NamespaceId } from "#domain/kernel/ids.ts"
import type { ReadDb } from "../read-db.ts"
import type { NamespaceTables } from "./table.ts"

export interface NamespaceView {
  readonly namespaceId: NamespaceId
  readonly accountId: AccountId
  readonly name: string
  readonly createdAt: number
}

const view = (row: NamespaceTables["namespaces"]): NamespaceView => ({
  namespaceId: NamespaceId.make(row.namespace_id),
  accountId: AccountId.make(row.account_id),
  name: row.name,
  createdAt: Number(row.created_at),
})

export const namespaceQueries = (db: ReadDb) => ({
  find: async (namespaceId: string): Promise<NamespaceView | null> => {
    const row = await db.selectFrom("namespaces").selectAll().where("namespace_id", "=", namespaceId).executeTakeFirst()
    return row === undefined ? null : view(row)
  },
  /** Names are not unique: the oldest namespace of that name. */
  findByName: async (name: string): Promise<NamespaceView | null> => {
    const named = db.selectFrom("namespaces").selectAll().where("name", "=", name)
    const row = await named.orderBy("position").limit(1).executeTakeFirst()
    return row === undefined ? null : view(row)
  },
  /** Oldest first. */
  list: async (): Promise<readonly NamespaceView[]> =>
    (await db.selectFrom("namespaces").selectAll().orderBy("position").execute()).map(view),
})
