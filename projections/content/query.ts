import { JobId, NamespaceId } from "#domain/kernel/ids.ts"
import type { ReadDb } from "../read-db.ts"

export interface ErasureView {
  readonly erasureId: string
  readonly namespaceId: NamespaceId
  /** Null: everything of the namespace. */
  readonly jobId: JobId | null
  readonly reason: string
  readonly requestedAt: number
  readonly erasedAt: number | null
}

export const contentQueries = (db: ReadDb) => ({
  /** Of a namespace, newest first. */
  erasures: async (namespaceId: string, limit: number): Promise<readonly ErasureView[]> => {
    const all = db.selectFrom("content_erasures").selectAll().where("namespace_id", "=", namespaceId)
    const rows = await all.orderBy("position", "desc").limit(limit).execute()
    return rows.map((row) => ({
      erasureId: row.erasure_id,
      namespaceId: NamespaceId.make(row.namespace_id),
      jobId: row.job_id === null ? null : JobId.make(row.job_id),
      reason: row.reason,
      requestedAt: Number(row.requested_at),
      erasedAt: row.erased_at === null ? null : Number(row.erased_at),
    }))
  },
  /** Not done yet, oldest first. */
  owedErasures: async (requestedBefore: number, limit: number) => {
    const owed = db.selectFrom("content_erasures").select(["erasure_id", "namespace_id"]).where("erased_at", "is", null)
    const rows = await owed.where("requested_at", "<", BigInt(requestedBefore)).orderBy("requested_at").limit(limit).execute()
    return rows.map((row) => ({ erasureId: row.erasure_id, namespaceId: NamespaceId.make(row.namespace_id) }))
  },
})
