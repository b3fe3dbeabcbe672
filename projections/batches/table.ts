import { defineTable, type RowOf } from "../table-definition.ts"

/** `stage`: validating, in_progress, finalizing; then failed, completed, cancelled or expired. */
export const batches = defineTable("batches", {
  key: { batch_id: "text" },
  columns: {
    namespace_id: "text", key_id: "text", endpoint: "text", input_file_id: "text", stage: "text", model: "text?", generation: "int", gateway_id: "text?",
    lines: "int", completed: "int", failed: "int", problem: "text?", output_file_id: "text?", error_file_id: "text?",
    created_at: "int", expires_at: "int", started_at: "int?", cancel_requested_at: "int?", finalizing_at: "int?", ended_at: "int?", position: "int",
  },
  indexes: [
    { columns: ["namespace_id", "position"], where: null },
    { columns: ["input_file_id"], where: "ended_at is null" },
    { columns: ["position"], where: "ended_at is null" },
  ],
})

export interface BatchTables {
  readonly batches: RowOf<typeof batches>
}
