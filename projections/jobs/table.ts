import { defineTable, type RowOf } from "../table-definition.ts"

/** One row per job. What was delivered is `delivered_before` (by earlier attempts) plus `attempt_delivered` (by the last one). */
export const jobs = defineTable("jobs", {
  key: { job_id: "text" },
  columns: {
    stage: "text",
    namespace_id: "text",
    key_id: "text",
    hold_id: "text",
    gateway_id: "text",
    environment: "text",
    model: "text",
    mode: "text",
    priority: "text",
    prompt_tokens: "int",
    max_output_tokens: "int",
    delivered_before: "int",
    attempt_delivered: "int",
    attempts: "int",
    node_id: "text?",
    payee: "text?",
    last_failure: "text?",
    finish_reason: "text?",
    end_reason: "text?",
    cost: "int?",
    submitted_at: "int",
    deadline_at: "int",
    first_assigned_at: "int?",
    last_assigned_at: "int?",
    last_progress_at: "int?",
    cancel_requested_at: "int?",
    ended_at: "int?",
    paid_at: "int?",
    position: "int",
  },
  indexes: [
    { columns: ["namespace_id", "position"], where: null },
    { columns: ["position"], where: null },
    { columns: ["submitted_at", "job_id"], where: "stage in ('submitted', 'assigned', 'running')" },
  ],
})

/** A job's whole story: its own events, its hold's, and the points awarded for it. */
export const jobTimeline = defineTable("job_timeline", {
  key: { job_id: "text", position: "int" },
  columns: { type: "text", stream: "text", at: "int", data: "json" },
  indexes: [],
})

export interface JobTables {
  readonly jobs: RowOf<typeof jobs>
  readonly job_timeline: RowOf<typeof jobTimeline>
}
