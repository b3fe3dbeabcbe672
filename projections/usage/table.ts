import { defineTable, type RowOf } from "../table-definition.ts"

/**
 * Requests by the five minutes (UTC, milliseconds of their start) in which they ended. `cost` in micro-credits; the buckets of
 * `histogram.ts` count the `timed` requests by duration and the `latency_timed` ones by latency.
 */
export const usage = defineTable("usage", {
  key: { namespace_id: "text", bucket_at: "int", key_id: "text", model: "text", endpoint: "text", mode: "text" },
  columns: {
    requests: "int", succeeded: "int", failed: "int", cancelled: "int",
    prompt_tokens: "int", completion_tokens: "int", cost: "int",
    timed: "int", duration_ms: "int", latency_timed: "int", latency_ms: "int",
    duration_0: "int", duration_1: "int", duration_2: "int", duration_3: "int", duration_4: "int", duration_5: "int", duration_6: "int", duration_7: "int", duration_8: "int", duration_9: "int", duration_10: "int", duration_11: "int", duration_12: "int",
    latency_0: "int", latency_1: "int", latency_2: "int", latency_3: "int", latency_4: "int", latency_5: "int", latency_6: "int", latency_7: "int", latency_8: "int", latency_9: "int", latency_10: "int", latency_11: "int", latency_12: "int",
  },
  indexes: [{ columns: ["bucket_at"], where: null }],
})

export interface UsageTables {
  readonly usage: RowOf<typeof usage>
}
