import { defineTable, type RowOf } from "../table-definition.ts"

/** What each key says of each job's answer, now. For those who look after models and nodes. */
export const feedback = defineTable("feedback", {
  key: { job_id: "text", key_id: "text" },
  columns: {
    namespace_id: "text",
    rating: "text",
    category: "text?",
    /** 1: somebody should look at the answer. */
    flagged: "int",
    comment_bytes: "int",
    given_at: "int",
    changed_at: "int?",
    position: "int",
  },
  indexes: [{ columns: ["position"], where: null }],
})

export interface FeedbackTables {
  readonly feedback: RowOf<typeof feedback>
}
