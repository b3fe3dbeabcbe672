import { defineTable, type RowOf } from "../table-definition.ts"

/** One row per node. `session_id` is null while no session is open; `earned` in micro-credits, `milli_rcp` in milli-RCP. */
export const nodes = defineTable("nodes", {
  key: { node_id: "text" },
  columns: {
    environment: "text",
    session_id: "text?",
    session_opened_at: "int?",
    version: "text?",
    slots: "int",
    jobs_done: "int",
    tokens: "int",
    earned: "int",
    milli_rcp: "int",
    registered_at: "int",
    last_change_at: "int",
    last_change: "text",
    position: "int",
  },
  indexes: [],
})

/** The models a node activated, the last activation of each. They count while the session is the node's open one. */
export const nodeModels = defineTable("node_models", {
  key: { node_id: "text", model: "text" },
  columns: { session_id: "text", hash: "text", context_length: "int", activated_at: "int" },
  indexes: [],
})

/** Which node an attempt was given to, and why it failed if it did: the event of the failure names only the attempt. */
export const nodeAttempts = defineTable("node_attempts", {
  key: { attempt_id: "text" },
  columns: { node_id: "text", job_id: "text", assigned_at: "int", failure: "text?" },
  indexes: [{ columns: ["node_id"], where: "failure is not null" }],
})

/** Every model that some node ever activated. */
export const knownModels = defineTable("known_models", {
  key: { name: "text" },
  columns: { hash: "text", context_length: "int", last_activated_at: "int" },
  indexes: [],
})

export interface NodeTables {
  readonly nodes: RowOf<typeof nodes>
  readonly node_models: RowOf<typeof nodeModels>
  readonly node_attempts: RowOf<typeof nodeAttempts>
  readonly known_models: RowOf<typeof knownModels>
}
