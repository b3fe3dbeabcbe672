import { defineTable, type RowOf } from "../table-definition.ts"

/** The rules in force, by environment. */
export const policies = defineTable("policies", {
  key: { environment: "text" },
  columns: { rule_hash: "text", version: "int", document: "json", published_at: "int" },
  indexes: [],
})

export interface PolicyTables {
  readonly policies: RowOf<typeof policies>
}
