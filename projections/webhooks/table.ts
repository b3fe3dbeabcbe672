import { defineTable, type RowOf } from "../table-definition.ts"

/** `types` and `models` are arrays of texts, `models` null for all of them. Deleted ones stay, for the record of their deliveries. */
export const webhooks = defineTable("webhooks", {
  key: { webhook_id: "text" },
  columns: {
    namespace_id: "text", host: "text", url_version: "int", description: "text", types: "json", models: "json", include_content: "int",
    secret_version: "int", overlap_until: "int", disabled: "text?", created_at: "int", deleted_at: "int?", position: "int",
  },
  indexes: [{ columns: ["namespace_id", "position"], where: null }],
})

/** What webhooks may be told, in the order of the log. Without content: that is added on the way out, to those that ask for it. */
export const webhookEvents = defineTable("webhook_events", {
  key: { position: "int" },
  columns: { namespace_id: "text", type: "text", model: "text?", job_id: "text?", at: "int", data: "json" },
  indexes: [{ columns: ["namespace_id", "at"], where: null }],
})

export interface WebhookTables {
  readonly webhooks: RowOf<typeof webhooks>
  readonly webhook_events: RowOf<typeof webhookEvents>
}
