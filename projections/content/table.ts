import { defineTable, type RowOf } from "../table-definition.ts"

/** What was asked to be erased, and when it was. `job_id` null: everything of the namespace. */
export const contentErasures = defineTable("content_erasures", {
  key: { erasure_id: "text" },
  columns: { namespace_id: "text", job_id: "text?", reason: "text", requested_at: "int", erased_at: "int?", position: "int" },
  indexes: [
    { columns: ["namespace_id", "position"], where: null },
    { columns: ["requested_at"], where: "erased_at is null" },
  ],
})

export interface ContentTables {
  readonly content_erasures: RowOf<typeof contentErasures>
}
