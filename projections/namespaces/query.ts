import { AccountId, NamespaceId } from "#domain/kernel/ids.ts"
import type { ReadDb } from "../read-db.ts"
import type { NamespaceTables } from "./table.ts"

export interface NamespaceView {
  readonly namespaceId: NamespaceId
  readonly accountId: AccountId
  readonly name: string
  readonly createdAt: number
  readonly retentionDays: number
  readonly deletedAt: number | null
}

export interface NamespacePage {
  readonly accountId: string
  readonly limit: number
  /** The namespace that the page before ended with; null: from the first on. */
  readonly after: string | null
}

const view = (row: NamespaceTables["namespaces"]): NamespaceView => ({
  namespaceId: NamespaceId.make(row.namespace_id),
  accountId: AccountId.make(row.account_id),
  name: row.name,
  createdAt: Number(row.created_at),
  retentionDays: Number(row.retention_days),
  deletedAt: row.deleted_at === null ? null : Number(row.deleted_at),
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
  /** Oldest first, deleted ones too; of all accounts when none is named. */
  list: async (filter: { readonly accountId?: string } = {}): Promise<readonly NamespaceView[]> => {
    const all = db.selectFrom("namespaces").selectAll().orderBy("position")
    const chosen = filter.accountId === undefined ? all : all.where("account_id", "=", filter.accountId)
    return (await chosen.execute()).map(view)
  },
  /** How many days every namespace wants its content kept. */
  retentions: async (): Promise<readonly Pick<NamespaceView, "namespaceId" | "retentionDays">[]> =>
    (await db.selectFrom("namespaces").select(["namespace_id", "retention_days"]).execute()).map((row) => ({
      namespaceId: NamespaceId.make(row.namespace_id),
      retentionDays: Number(row.retention_days),
    })),
  /** Those of an account that are not deleted, oldest first; empty behind a namespace that is not there. */
  page: async ({ accountId, limit, after }: NamespacePage): Promise<readonly NamespaceView[]> => {
    const own = db.selectFrom("namespaces").selectAll().where("account_id", "=", accountId).where("deleted_at", "is", null)
    const behind = own.$if(after !== null, (query) =>
      query.where("position", ">", db.selectFrom("namespaces as last").select("last.position").where("last.namespace_id", "=", after ?? "")),
    )
    return (await behind.orderBy("position").limit(limit).execute()).map(view)
  },
})
