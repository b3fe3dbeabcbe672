import { defineTable, type RowOf } from "../table-definition.ts"

/** Files of namespaces; `uploaded_at` null while one arrives. A deleted one is gone. */
export const files = defineTable("files", {
  key: { file_id: "text" },
  columns: {
    namespace_id: "text", key_id: "text", purpose: "text", bytes: "int", parts: "int", started_at: "int", uploaded_at: "int?", expires_at: "int",
    position: "int",
  },
  indexes: [
    { columns: ["namespace_id", "position"], where: "uploaded_at is not null" },
    { columns: ["expires_at"], where: null },
  ],
})

export interface FileTables {
  readonly files: RowOf<typeof files>
}
