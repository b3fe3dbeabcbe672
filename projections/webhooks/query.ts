import { NamespaceId, WebhookId } from "#domain/kernel/ids.ts"
import type { WebhookType } from "#domain/webhook/index.ts"
import type { ReadDb } from "../read-db.ts"
import type { WebhookTables } from "./table.ts"

export interface WebhookView {
  readonly webhookId: WebhookId
  readonly namespaceId: NamespaceId
  readonly host: string
  readonly urlVersion: number
  readonly description: string
  readonly types: readonly WebhookType[]
  /** Null: of all models. */
  readonly models: readonly string[] | null
  readonly includeContent: boolean
  readonly secretVersion: number
  /** The secret of the version before counts until then; 0: there was none. */
  readonly overlapUntil: number
  readonly disabled: "failing" | "gone" | "by_owner" | null
  readonly createdAt: number
}

const view = (row: WebhookTables["webhooks"]): WebhookView => ({
  webhookId: WebhookId.make(row.webhook_id),
  namespaceId: NamespaceId.make(row.namespace_id),
  host: row.host,
  urlVersion: Number(row.url_version),
  description: row.description,
  types: row.types as readonly WebhookType[],
  models: row.models as readonly string[] | null,
  includeContent: row.include_content === 1n,
  secretVersion: Number(row.secret_version),
  overlapUntil: Number(row.overlap_until),
  disabled: row.disabled as WebhookView["disabled"],
  createdAt: Number(row.created_at),
})

export const webhookQueries = (db: ReadDb) => ({
  /** Null for one that was deleted too. */
  find: async (webhookId: string): Promise<WebhookView | null> => {
    const one = db.selectFrom("webhooks").selectAll().where("webhook_id", "=", webhookId).where("deleted_at", "is", null)
    const row = await one.executeTakeFirst()
    return row === undefined ? null : view(row)
  },
  /** Those that were disabled because they failed or are gone. */
  broken: async (): Promise<readonly { readonly namespaceId: string; readonly webhookId: string }[]> => {
    const rows = db.selectFrom("webhooks").select(["namespace_id", "webhook_id"]).where("disabled", "in", ["failing", "gone"]).where("deleted_at", "is", null)
    return (await rows.execute()).map((row) => ({ namespaceId: row.namespace_id, webhookId: row.webhook_id }))
  },
  /** Of these namespaces, oldest first. */
  list: async (namespaceIds: readonly string[]): Promise<readonly WebhookView[]> => {
    if (namespaceIds.length === 0) return []
    const all = db.selectFrom("webhooks").selectAll().where("namespace_id", "in", [...namespaceIds]).where("deleted_at", "is", null)
    return (await all.orderBy("position").execute()).map(view)
  },
})
