import { defineTable, type RowOf } from "../table-definition.ts"

/** Those that go on have no `resolved_at`. */
export const alerts = defineTable("alerts", {
  key: { alert_id: "text" },
  columns: { namespace_id: "text", kind: "text", subject: "text", value: "text", threshold: "text", raised_at: "int", resolved_at: "int?", position: "int" },
  indexes: [
    { columns: ["namespace_id", "position"], where: null },
    { columns: ["namespace_id"], where: "resolved_at is null" },
  ],
})

/** `low_balance` in micro-credits, null: no balance is low. Namespaces that said nothing are absent. */
export const alertSettings = defineTable("alert_settings", {
  key: { namespace_id: "text" },
  columns: { low_balance: "int?" },
  indexes: [],
})

export interface AlertTables {
  readonly alerts: RowOf<typeof alerts>
  readonly alert_settings: RowOf<typeof alertSettings>
}
