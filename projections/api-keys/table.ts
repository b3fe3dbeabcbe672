import { defineTable, type RowOf } from "../table-definition.ts"

/** `digest` is the HMAC of the secret under a pepper that is not here. */
export const apiKeys = defineTable("api_keys", {
  key: { key_id: "text" },
  columns: {
    namespace_id: "text",
    mode: "text",
    name: "text",
    pepper_version: "int",
    digest: "text",
    right: "text",
    /** Limits as events carry them; null: the network's configured ones. */
    limits: "json",
    root_key_id: "text",
    created_by: "text?",
    created_at: "int",
    successor_id: "text?",
    ends_at: "int?",
    revoked_at: "int?",
    revoked_reason: "text?",
    position: "int",
  },
  indexes: [{ columns: ["namespace_id", "position"], where: null }],
})

export interface ApiKeyTables {
  readonly api_keys: RowOf<typeof apiKeys>
}
