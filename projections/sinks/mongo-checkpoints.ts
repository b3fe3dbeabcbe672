import type { Collection, Db } from "mongodb"
import type { Position } from "#domain/kernel/envelope.ts"
import type { Projection } from "../projection.ts"

/** How far a projection has come, and in which collections: one document, so that both change together. */
export interface Checkpoint {
  /** The projection's name. */
  readonly _id: string
  readonly version: number
  readonly generation: number
  readonly position: Position
}

export const checkpointsOf = (db: Db): Collection<Checkpoint> => db.collection<Checkpoint>("projection_checkpoints", { useBigInt64: true })

/** By projection name; those of other versions are absent. */
export const readCheckpoints = async (db: Db, projections: readonly Projection[]): Promise<ReadonlyMap<string, Checkpoint>> => {
  const found = await checkpointsOf(db).find({ _id: { $in: projections.map(({ name }) => name) } }).toArray()
  const current = found.filter(({ _id, version }) => projections.some((one) => one.name === _id && one.version === version))
  return new Map(current.map((checkpoint) => [checkpoint._id, checkpoint]))
}

/** Exactly this checkpoint becomes the next one; false when it is not there any more. */
export const moveCheckpoint = async (db: Db, from: Checkpoint, next: Omit<Checkpoint, "_id">): Promise<boolean> => {
  const { matchedCount } = await checkpointsOf(db).updateOne({ ...from }, { $set: next })
  return matchedCount === 1
}
