import { defineTable, type RowOf } from "../table-definition.ts"

/**
 * One document per job: who asked which model, who served it, how long it took, what it cost. No content. `position` is that of the
 * last event it has taken in, and guards it against an older write. Tokens and cost are the bill's: nothing before it is paid.
 */
export const inferenceLog = defineTable("inference_log", {
  key: { job_id: "text" },
  columns: {
    namespace_id: "text",
    key_id: "text",
    environment: "text",
    model: "text",
    mode: "text",
    status: "text",
    reason: "text?",
    node_id: "text?",
    payee: "text?",
    attempts: "int",
    prompt_tokens: "int",
    completion_tokens: "int",
    cost: "int?",
    submitted_at: "int",
    first_assigned_at: "int?",
    last_assigned_at: "int?",
    ended_at: "int?",
    paid_at: "int?",
    position: "int",
  },
  indexes: [
    { columns: ["namespace_id", "submitted_at"], where: null },
    { columns: ["namespace_id", "model", "submitted_at"], where: null },
    { columns: ["node_id", "submitted_at"], where: null },
  ],
})

export type InferenceLogRow = RowOf<typeof inferenceLog>
