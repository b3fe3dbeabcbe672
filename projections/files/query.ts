import { FileId, NamespaceId } from "#domain/kernel/ids.ts"
import type { ReadDb } from "../read-db.ts"
import type { FileTables } from "./table.ts"

export interface FileView {
  readonly fileId: FileId
  readonly namespaceId: NamespaceId
  readonly purpose: string
  readonly bytes: number
  readonly parts: number
  readonly uploadedAt: number
  readonly expiresAt: number
}

export interface FilePage {
  readonly namespaceId: NamespaceId
  /** Null: of any. */
  readonly purpose: string | null
  readonly order: "asc" | "desc"
  /** The file that the page before ended with; null: from the first on. */
  readonly after: string | null
  readonly limit: number
  readonly now: number
}

const view = (row: FileTables["files"]): FileView => ({
  fileId: FileId.make(row.file_id),
  namespaceId: NamespaceId.make(row.namespace_id),
  purpose: row.purpose,
  bytes: Number(row.bytes),
  parts: Number(row.parts),
  uploadedAt: Number(row.uploaded_at),
  expiresAt: Number(row.expires_at),
})

export const fileQueries = (db: ReadDb) => ({
  /** Those that are whole and have not expired; empty behind a file that is not there. */
  page: async ({ namespaceId, purpose, order, after, limit, now }: FilePage): Promise<readonly FileView[]> => {
    const own = db.selectFrom("files").selectAll().where("namespace_id", "=", namespaceId).where("uploaded_at", "is not", null)
    const there = own.where("expires_at", ">", BigInt(now)).$if(purpose !== null, (query) => query.where("purpose", "=", purpose ?? ""))
    const last = db.selectFrom("files as last").select("last.position").where("last.file_id", "=", after ?? "").where("last.namespace_id", "=", namespaceId)
    const behind = there.$if(after !== null, (query) => query.where("position", order === "asc" ? ">" : "<", last))
    return (await behind.orderBy("position", order).limit(limit).execute()).map(view)
  },
  /** Uploads that should be whole by then and are not, oldest first. */
  unfinished: async (expiredBefore: number, limit: number): Promise<readonly Pick<FileView, "fileId" | "namespaceId">[]> => {
    const open = db.selectFrom("files").select(["file_id", "namespace_id"]).where("uploaded_at", "is", null)
    const rows = await open.where("expires_at", "<", BigInt(expiredBefore)).orderBy("expires_at").limit(limit).execute()
    return rows.map((row) => ({ fileId: FileId.make(row.file_id), namespaceId: NamespaceId.make(row.namespace_id) }))
  },
})
