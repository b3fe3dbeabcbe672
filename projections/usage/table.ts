import { defineTable, type RowOf } from "../table-definition.ts"

/** Requests by the hour in which they ended (UTC, milliseconds of its start). `cost` in micro-credits. */
export const usage = defineTable("usage", {
  key: { namespace_id: "text", hour_at: "int", key_id: "text", model: "text" },
  columns: { requests: "int", failed: "int", prompt_tokens: "int", completion_tokens: "int", cost: "int" },
  indexes: [],
})

export interface UsageTables {
  readonly usage: RowOf<typeof usage>
}
