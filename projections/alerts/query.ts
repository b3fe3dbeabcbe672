import type { AlertKind } from "#domain/alert/index.ts"
import { NamespaceId } from "#domain/kernel/ids.ts"
import { DEFAULT_LOW_BALANCE } from "#domain/policies/alerts.ts"
import type { ReadDb } from "../read-db.ts"

export interface AlertView {
  readonly alertId: string
  readonly namespaceId: NamespaceId
  readonly kind: AlertKind
  /** The model or webhook that it is about; empty: the whole namespace. */
  readonly subject: string
  readonly value: string
  readonly threshold: string
  readonly raisedAt: number
  /** Null: it goes on. */
  readonly resolvedAt: number | null
}

export interface AlertFilter {
  readonly namespaceIds: readonly string[]
  readonly state: "open" | "resolved" | null
  readonly limit: number
  /** Behind the alert with this id. */
  readonly after: string | null
}

export const alertQueries = (db: ReadDb) => ({
  /** Newest first. */
  list: async ({ namespaceIds, state, limit, after }: AlertFilter): Promise<readonly AlertView[]> => {
    if (namespaceIds.length === 0) return []
    let rows = db.selectFrom("alerts").selectAll().where("namespace_id", "in", [...namespaceIds])
    if (state !== null) rows = rows.where("resolved_at", state === "open" ? "is" : "is not", null)
    if (after !== null) {
      rows = rows.where("position", "<", db.selectFrom("alerts as last").select("last.position").where("last.alert_id", "=", after))
    }
    return (await rows.orderBy("position", "desc").limit(limit).execute()).map((row) => ({
      alertId: row.alert_id,
      namespaceId: NamespaceId.make(row.namespace_id),
      kind: row.kind as AlertKind,
      subject: row.subject,
      value: row.value,
      threshold: row.threshold,
      raisedAt: Number(row.raised_at),
      resolvedAt: row.resolved_at === null ? null : Number(row.resolved_at),
    }))
  },
  /** All that go on, of every namespace. */
  open: async (): Promise<readonly { readonly namespaceId: string; readonly kind: AlertKind; readonly subject: string }[]> => {
    const rows = await db.selectFrom("alerts").select(["namespace_id", "kind", "subject"]).where("resolved_at", "is", null).execute()
    return rows.map((row) => ({ namespaceId: row.namespace_id, kind: row.kind as AlertKind, subject: row.subject }))
  },
  /** Below how much a balance is low, in micro-credits, by namespace; null: it never is. Those that said nothing are absent. */
  lowBalances: async (): Promise<ReadonlyMap<string, bigint | null>> => {
    const rows = await db.selectFrom("alert_settings").selectAll().execute()
    return new Map(rows.map((row) => [row.namespace_id, row.low_balance]))
  },
  lowBalanceOf: async (namespaceId: string): Promise<bigint | null> => {
    const row = await db.selectFrom("alert_settings").select("low_balance").where("namespace_id", "=", namespaceId).executeTakeFirst()
    return row === undefined ? DEFAULT_LOW_BALANCE : row.low_balance
  },
})
