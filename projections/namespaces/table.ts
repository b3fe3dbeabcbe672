import { defineTable, type RowOf } from "../table-definition.ts"

export const namespaces = defineTable("namespaces", {
  key: { namespace_id: "text" },
  columns: { account_id: "text", name: "text", created_at: "int", retention_days: "int", deleted_at: "int?", position: "int" },
  indexes: [{ columns: ["name"], where: null }, { columns: ["account_id", "position"], where: null }],
})

export interface NamespaceTables {
  readonly namespaces: RowOf<typeof namespaces>
}
