import type { Db } from "mongodb"
import { Effect } from "effect"
import { CheckpointMoved, type ProjectionSink, SinkUnavailable, type Step, WritesRefused } from "../ports/projection-sink.ts"
import type { Projection } from "../projection.ts"
import { foldWrites } from "./fold-writes.ts"
import { type Checkpoint, checkpointsOf, moveCheckpoint, readCheckpoints } from "./mongo-checkpoints.ts"
import { type CollectionDefinition, collectionName, definitionOf, guardedWrites, NotAbsolute, operation, type ReadDocument } from "./mongo-documents.ts"

export interface DocumentStore {
  readonly db: Db
  /** Makes collections with their indexes and validation, where they are missing. */
  readonly prepare: (collections: readonly CollectionDefinition[]) => Promise<void>
}

/** Operations in one message. */
const MAX_OPERATIONS = 1_000
const DUPLICATE_KEY = 11_000
const VALIDATION_FAILED = 121

/**
 * Read models in MongoDB without transactions: absolute values, each written only where the document is older, then the checkpoint by
 * compare-and-set. A batch that was cut off is written again and changes nothing twice; of two projectors at once the one that is
 * behind changes nothing. Only projections that `put`, with their event's `position` in each row.
 */
export const mongoSink = (store: DocumentStore): ProjectionSink => ({
  install: (projections) => Effect.tryPromise({ try: () => install(store, projections), catch: unavailable }),
  positions: (projections) =>
    Effect.tryPromise({ try: () => readCheckpoints(store.db, projections), catch: unavailable }).pipe(
      Effect.map((found) => new Map([...found].map(([name, { position }]) => [name, position]))),
    ),
  apply: (steps) => Effect.tryPromise({ try: () => apply(store.db, steps), catch: failureOf }),
})

const install = async (store: DocumentStore, projections: readonly Projection[]): Promise<void> => {
  for (const projection of projections) {
    const { name, version } = projection
    const known = await checkpointsOf(store.db).findOne({ _id: name })
    if (known?.version === version) continue
    const next = { version, generation: (known?.generation ?? 0) + 1, position: 0n }
    await prepareGeneration(store, projection, next.generation)
    // Another process may be first: then its checkpoint stands.
    if (known === null) await checkpointsOf(store.db).insertOne({ _id: name, ...next }).catch(unlessDuplicate)
    else if (await moveCheckpoint(store.db, known, next)) await dropGeneration(store.db, { ...projection, version: known.version }, known.generation)
  }
}

export const prepareGeneration = (store: DocumentStore, projection: Projection, generation: number): Promise<void> =>
  store.prepare(projection.tables.map((table) => definitionOf(table, collectionName(table, projection, generation))))

export const dropGeneration = async (db: Db, projection: Projection, generation: number): Promise<void> => {
  for (const table of projection.tables) await db.dropCollection(collectionName(table, projection, generation))
}

const apply = async (db: Db, steps: readonly Step[]): Promise<void> => {
  const checkpoints = await readCheckpoints(db, steps.map(({ projection }) => projection))
  const started = steps.flatMap((step) => {
    const checkpoint = checkpoints.get(step.projection.name)
    return checkpoint?.position === step.from ? [{ step, checkpoint }] : []
  })
  if (started.length < steps.length) throw moved(steps.filter((step) => !started.some((one) => one.step === step)))
  for (const { step, checkpoint } of started) {
    await write(db, step, checkpoint)
    const { version, generation } = checkpoint
    if (!(await moveCheckpoint(db, checkpoint, { version, generation, position: step.to }))) throw moved([step])
  }
}

const write = async (db: Db, { projection, writes }: Step, { generation }: Checkpoint): Promise<void> => {
  for (const change of foldWrites(writes)) {
    const collection = db.collection<ReadDocument>(collectionName(change.table, projection, generation), { useBigInt64: true })
    const guarded = guardedWrites(change)
    for (let from = 0; from < guarded.length; from += MAX_OPERATIONS) {
      const part = guarded.slice(from, from + MAX_OPERATIONS)
      const there = await collection.bulkWrite(part.map((one) => operation(one, "insert")), { ordered: false }).then(() => [], duplicates)
      // There already: newer, or made a moment ago by another projector that is behind. The second look tells.
      const again = there.flatMap((index) => part[index] ?? [])
      if (again.length > 0) await collection.bulkWrite(again.map((one) => operation(one, "update")), { ordered: false })
    }
  }
}

const codeOf = (cause: unknown): unknown => (typeof cause === "object" && cause !== null && "code" in cause ? cause.code : null)

const unlessDuplicate = (cause: unknown): void => {
  if (codeOf(cause) !== DUPLICATE_KEY) throw cause
}

/** The operations that found their document there, when nothing else went wrong. */
const duplicates = (cause: unknown): readonly number[] => {
  const errors: unknown = typeof cause === "object" && cause !== null && "writeErrors" in cause ? cause.writeErrors : null
  if (!Array.isArray(errors) || errors.length === 0) throw cause
  return errors.map((error: unknown) => {
    const index = typeof error === "object" && error !== null && "index" in error ? error.index : null
    if (codeOf(error) !== DUPLICATE_KEY || typeof index !== "number") throw cause
    return index
  })
}

const moved = (steps: readonly Step[]) => new CheckpointMoved({ names: steps.map(({ projection }) => projection.name) })

const failureOf = (cause: unknown): CheckpointMoved | WritesRefused | SinkUnavailable => {
  if (cause instanceof CheckpointMoved) return cause
  const refused = cause instanceof NotAbsolute || codeOf(cause) === VALIDATION_FAILED
  return refused ? new WritesRefused({ reason: reasonOf(cause) }) : unavailable(cause)
}

const reasonOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause))

const unavailable = (cause: unknown): SinkUnavailable => new SinkUnavailable({ reason: reasonOf(cause) })
