import type { Collection, Db } from "mongodb"
import type { Position } from "#domain/kernel/envelope.ts"
import { type Checkpoint, readCheckpoints } from "../sinks/mongo-checkpoints.ts"
import { collectionName, type ReadDocument } from "../sinks/mongo-documents.ts"
import { inferenceLogProjection } from "./project.ts"
import { inferenceLog, type InferenceLogRow } from "./table.ts"

export interface InferenceLogQuery {
  readonly namespaceId: string
  /** Null for all models. */
  readonly model: string | null
  /** Submitted before; null for the newest. */
  readonly before: bigint | null
  readonly limit: number
}

type Documents = Collection<ReadDocument & InferenceLogRow>

/** The inference log in MongoDB. Rejects when it cannot be reached. */
export const inferenceLogQueries = (db: Db) => {
  const current = async (): Promise<Checkpoint | null> =>
    (await readCheckpoints(db, [inferenceLogProjection])).get(inferenceLogProjection.name) ?? null

  /** An empty answer may be that of documents which a rebuild has just replaced. */
  const read = async (query: (documents: Documents) => Promise<readonly InferenceLogRow[]>): Promise<readonly InferenceLogRow[]> => {
    for (let checkpoint = await current(); checkpoint !== null; ) {
      const { generation } = checkpoint
      const name = collectionName(inferenceLog, inferenceLogProjection, generation)
      const rows = await query(db.collection<ReadDocument & InferenceLogRow>(name, { useBigInt64: true }))
      if (rows.length > 0) return rows
      checkpoint = await current()
      if (checkpoint?.generation === generation) return rows
    }
    return []
  }

  return {
    /** How far it has come; null where it is not installed. */
    position: async (): Promise<Position | null> => (await current())?.position ?? null,
    find: async (jobId: string): Promise<InferenceLogRow | null> =>
      (await read((documents) => documents.find({ _id: jobId }, { projection: { _id: 0 } }).toArray()))[0] ?? null,
    /** Newest first. */
    list: ({ namespaceId, model, before, limit }: InferenceLogQuery): Promise<readonly InferenceLogRow[]> =>
      read((documents) => {
        const whose = { namespace_id: namespaceId, ...(model === null ? {} : { model }) }
        const when = before === null ? {} : { submitted_at: { $lt: before } }
        return documents.find({ ...whose, ...when }, { projection: { _id: 0 } }).sort({ submitted_at: -1 }).limit(limit).toArray()
      }),
    /** Of one node, newest first. */
    servedBy: (nodeId: string, limit: number): Promise<readonly InferenceLogRow[]> =>
      read((documents) => documents.find({ node_id: nodeId }, { projection: { _id: 0 } }).sort({ submitted_at: -1 }).limit(limit).toArray()),
  }
}
