import { defineTable, type RowOf } from "../table-definition.ts"

/** One row per request whose answer is kept. */
export const requests = defineTable("requests", {
  key: { request_id: "text" },
  columns: {
    namespace_id: "text",
    key_id: "text",
    endpoint: "text",
    mode: "text",
    priority: "text",
    model: "text?",
    /** waiting, running, finished, dropped, cancelled, expired */
    stage: "text",
    /** Of a finished one. */
    outcome: "text?",
    status: "int?",
    generation: "int",
    gateway_id: "text?",
    job_ids: "json",
    accepted_at: "int",
    started_at: "int?",
    ended_at: "int?",
    expires_at: "int",
    /** Of its acceptance: newer requests have greater ones. */
    position: "int",
  },
  indexes: [
    { columns: ["namespace_id", "position"], where: null },
    { columns: ["accepted_at", "request_id"], where: "stage in ('waiting', 'running')" },
  ],
})

export interface RequestTables {
  readonly requests: RowOf<typeof requests>
}
