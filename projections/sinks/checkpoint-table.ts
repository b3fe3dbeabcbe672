import { defineTable, type RowOf } from "../table-definition.ts"

/** How far each version of each projection has come: the position of the last event it has taken in. */
export const checkpoints = defineTable("checkpoints", {
  key: { name: "text", version: "int" },
  columns: { position: "int" },
  indexes: [],
})

export interface CheckpointTables {
  readonly checkpoints: RowOf<typeof checkpoints>
}
