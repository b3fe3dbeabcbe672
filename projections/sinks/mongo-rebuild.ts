import { Data, Effect } from "effect"
import type { Position } from "#domain/kernel/envelope.ts"
import { type CatchUpProgress, catchUpTo } from "../catch-up.ts"
import type { EventFeedShape, EventFeedUnavailable } from "../ports/event-feed.ts"
import { SinkUnavailable } from "../ports/projection-sink.ts"
import type { ProjectorObserver } from "../ports/projector-observer.ts"
import type { Stop } from "../prepare-steps.ts"
import type { Projection } from "../projection.ts"
import { type Checkpoint, checkpointsOf, moveCheckpoint } from "./mongo-checkpoints.ts"
import { type DocumentStore, dropGeneration, mongoSink, prepareGeneration } from "./mongo.ts"

/** The projection met an event it cannot take; the live documents are as they were. */
export class MongoRebuildStopped extends Data.TaggedError("MongoRebuildStopped")<{ readonly stops: readonly Stop[] }> {}

export interface MongoRebuildOptions {
  readonly store: DocumentStore
  readonly feed: EventFeedShape
  /** Installed before. */
  readonly projection: Projection
  readonly observer: ProjectorObserver
  readonly onProgress: (progress: CatchUpProgress) => void
}

/** A projector that goes on meanwhile is caught up with; it cannot be this often faster than a replay. */
const MAX_SWAPS = 20

/**
 * Builds the documents again beside the live ones and puts them in their place by one change of the checkpoint. Readers and a running
 * projector go on meanwhile: what the projector was about to write goes into the old documents, and its checkpoint is refused.
 */
export const rebuildInMongo = Effect.fnUntraced(function* (
  options: MongoRebuildOptions,
): Effect.fn.Return<{ readonly position: Position }, MongoRebuildStopped | EventFeedUnavailable | SinkUnavailable> {
  const { store, projection, feed, observer, onProgress } = options
  const scratch: Projection = { ...projection, name: `${projection.name}:rebuild` }
  const quiet = { ...observer, advanced: () => {} }
  yield* attempt(() => begin(store, projection, scratch))
  let target = yield* feed.head
  for (let swaps = 0; swaps < MAX_SWAPS; swaps++) {
    const targets = new Map([[scratch.name, target]])
    const catching = { feed, sink: mongoSink(store), projections: [scratch], observer: quiet, onProgress }
    const { stops } = yield* catchUpTo(catching, targets)
    if (stops.length > 0) return yield* new MongoRebuildStopped({ stops })
    const swapped = yield* attempt(() => swap(store, projection, scratch))
    if (swapped.done) return { position: swapped.position }
    target = swapped.position
  }
  return yield* new SinkUnavailable({ reason: "another projector is always ahead" })
})

const attempt = <A>(work: () => Promise<A>): Effect.Effect<A, SinkUnavailable> =>
  Effect.tryPromise({ try: work, catch: (cause) => new SinkUnavailable({ reason: cause instanceof Error ? cause.message : String(cause) }) })

const find = async ({ db }: DocumentStore, { name }: Projection): Promise<Checkpoint> => {
  const checkpoint = await checkpointsOf(db).findOne({ _id: name })
  if (checkpoint === null) throw new Error(`${name} is not installed`)
  return checkpoint
}

/** From nothing, also where an earlier rebuild was cut off. */
const begin = async (store: DocumentStore, projection: Projection, scratch: Projection): Promise<void> => {
  const { version, generation } = await find(store, projection)
  const next = { version, generation: generation + 1, position: 0n }
  await dropGeneration(store.db, projection, next.generation)
  await prepareGeneration(store, projection, next.generation)
  await checkpointsOf(store.db).replaceOne({ _id: scratch.name }, next, { upsert: true })
}

/** Not done while the live documents are further; `position` is then how far. */
const swap = async (store: DocumentStore, projection: Projection, scratch: Projection): Promise<{ readonly done: boolean; readonly position: Position }> => {
  const [live, built] = await Promise.all([find(store, projection), find(store, scratch)])
  if (built.position < live.position) return { done: false, position: live.position }
  const { version, generation, position } = built
  if (!(await moveCheckpoint(store.db, live, { version, generation, position }))) return { done: false, position: live.position }
  await checkpointsOf(store.db).deleteOne({ _id: scratch.name })
  await dropGeneration(store.db, projection, live.generation)
  return { done: true, position }
}
