import { BatchId, FileId, KeyId, NamespaceId } from "#domain/kernel/ids.ts"
import type { ReadDb } from "../read-db.ts"
import type { BatchTables } from "./table.ts"

export interface BatchView {
  readonly batchId: BatchId
  readonly namespaceId: NamespaceId
  readonly keyId: KeyId
  readonly endpoint: string
  readonly inputFileId: FileId
  readonly stage: string
  readonly model: string | null
  readonly lines: number
  readonly completed: number
  readonly failed: number
  /** Why it failed. */
  readonly problem: string | null
  readonly outputFileId: FileId | null
  readonly errorFileId: FileId | null
  readonly createdAt: number
  readonly expiresAt: number
  readonly endedAt: number | null
}

export interface BatchPage {
  /** Null: of all. */
  readonly namespaceId: string | null
  /** The batch that the page before ended with; null: from the newest on. */
  readonly after: string | null
  readonly limit: number
}

const view = (row: BatchTables["batches"]): BatchView => ({
  batchId: BatchId.make(row.batch_id),
  namespaceId: NamespaceId.make(row.namespace_id),
  keyId: KeyId.make(row.key_id),
  endpoint: row.endpoint,
  inputFileId: FileId.make(row.input_file_id),
  stage: row.cancel_requested_at !== null && row.ended_at === null ? "cancelling" : row.stage,
  model: row.model,
  lines: Number(row.lines),
  completed: Number(row.completed),
  failed: Number(row.failed),
  problem: row.problem,
  outputFileId: row.output_file_id === null ? null : FileId.make(row.output_file_id),
  errorFileId: row.error_file_id === null ? null : FileId.make(row.error_file_id),
  createdAt: Number(row.created_at),
  expiresAt: Number(row.expires_at),
  endedAt: row.ended_at === null ? null : Number(row.ended_at),
})

export const batchQueries = (db: ReadDb) => ({
  find: async (batchId: string): Promise<BatchView | null> => {
    const row = await db.selectFrom("batches").selectAll().where("batch_id", "=", batchId).executeTakeFirst()
    return row === undefined ? null : view(row)
  },
  /** Newest first; empty behind a batch that is not there. */
  page: async ({ namespaceId, after, limit }: BatchPage): Promise<readonly BatchView[]> => {
    const last = db.selectFrom("batches as last").select("last.position").where("last.batch_id", "=", after ?? "")
    const chosen = db.selectFrom("batches").selectAll()
      .$if(namespaceId !== null, (query) => query.where("namespace_id", "=", namespaceId ?? ""))
      .$if(after !== null, (query) => query.where("position", "<", last))
    return (await chosen.orderBy("position", "desc").limit(limit).execute()).map(view)
  },
  /** Those without an end, oldest first. A hint: the log decides. */
  open: async (limit: number): Promise<readonly BatchId[]> => {
    const rows = await db.selectFrom("batches").select("batch_id").where("ended_at", "is", null).orderBy("position").limit(limit).execute()
    return rows.map((row) => BatchId.make(row.batch_id))
  },
  /** Whether a batch without an end reads this file. */
  isInput: async (fileId: string): Promise<boolean> =>
    (await db.selectFrom("batches").select("batch_id").where("input_file_id", "=", fileId).where("ended_at", "is", null).executeTakeFirst()) !== undefined,
})
