import { Data, Effect, Schedule } from "effect"
import type { Position } from "#domain/kernel/envelope.ts"
import { type CatchUpProgress, catchUpTo } from "../catch-up.ts"
import type { EventFeedShape, EventFeedUnavailable } from "../ports/event-feed.ts"
import type { ProjectionSink, SinkUnavailable } from "../ports/projection-sink.ts"
import type { ProjectorObserver } from "../ports/projector-observer.ts"
import type { Stop } from "../prepare-steps.ts"
import type { Projection } from "../projection.ts"
import { BATCH_EVENTS } from "../round.ts"
import { LIVE_SCHEMA, type ReadDb } from "../read-db.ts"
import { postgresSink } from "../sinks/postgres.ts"
import { type AuditRunning, withScratch } from "./scratch.ts"
import { swapIn } from "./swap.ts"
import type { AuditUnavailable } from "./transaction.ts"

/** A projection met an event it cannot take; the live tables are as they were. */
export class RebuildStopped extends Data.TaggedError("RebuildStopped")<{ readonly stops: readonly Stop[] }> {}

export interface ReplayProgress extends CatchUpProgress {
  /** Read from the log per second since the beginning. */
  readonly eventsPerSecond: number
}

export interface RebuildOptions {
  readonly db: ReadDb
  readonly feed: EventFeedShape
  /** All read models or some. */
  readonly projections: readonly Projection[]
  readonly observer: ProjectorObserver
  readonly onProgress: (progress: ReplayProgress) => void
}

export interface Rebuilt {
  readonly positions: ReadonlyMap<string, Position>
  readonly events: number
  readonly seconds: number
}

export type AuditFailure = AuditRunning | AuditUnavailable | RebuildStopped | EventFeedUnavailable | SinkUnavailable

/** How often the rebuild goes after what came meanwhile, before the swap takes in the rest while the projector waits for it. */
const MAX_CHASES = 10
/** A reader may hold a table while another is moved; the server then ends one of the two. */
const SWAP_RETRIES = 5
const DEADLOCK = "40P01"

/**
 * Rebuilds read models from the log in fresh tables and puts them in the place of the live ones, at once. Readers and a running
 * projector go on meanwhile: its next step starts from a checkpoint that is either still true or refused.
 */
export const rebuild = (options: RebuildOptions): Effect.Effect<Rebuilt, AuditFailure> =>
  withScratch(
    options.db,
    options.projections,
    Effect.fnUntraced(function* (scratch) {
      const { db, feed, projections } = options
      const started = performance.now()
      const quiet = { ...options, onProgress: () => {} }
      let events = yield* replay(options, scratch, targetsAt(projections, yield* feed.head))
      for (let chase = 0; chase < MAX_CHASES; chase += 1) {
        const come = yield* replay(quiet, scratch, targetsAt(projections, yield* feed.head))
        events += come
        if (come < BATCH_EVENTS) break
      }
      yield* postgresSink(db, LIVE_SCHEMA).install([])
      const finish = (live: ReadonlyMap<string, Position>) => replay(quiet, scratch, live)
      const more = yield* swapIn(db, projections, scratch, finish).pipe(
        Effect.retry({
          schedule: Schedule.recurs(SWAP_RETRIES),
          while: (failure) => failure._tag === "AuditUnavailable" && failure.sqlState === DEADLOCK,
        }),
      )
      const positions = yield* postgresSink(db, LIVE_SCHEMA).positions(projections)
      return { positions, events: events + more, seconds: (performance.now() - started) / 1_000 }
    }),
  )

export const targetsAt = (projections: readonly Projection[], position: Position): ReadonlyMap<string, Position> =>
  new Map(projections.map(({ name }) => [name, position]))

/** Takes the scratch tables to the targets; returns the number of events read. */
export const replay = Effect.fnUntraced(function* (
  { feed, projections, observer, onProgress }: RebuildOptions,
  scratch: ProjectionSink,
  targets: ReadonlyMap<string, Position>,
): Effect.fn.Return<number, RebuildStopped | EventFeedUnavailable | SinkUnavailable> {
  const started = performance.now()
  const report = (progress: CatchUpProgress) => {
    const seconds = (performance.now() - started) / 1_000
    onProgress({ ...progress, eventsPerSecond: seconds === 0 ? 0 : progress.events / seconds })
  }
  // What the replay reaches is not what the live tables have reached.
  const quiet = { ...observer, advanced: () => {} }
  const { stops, events } = yield* catchUpTo({ feed, sink: scratch, projections, observer: quiet, onProgress: report }, targets)
  if (stops.length > 0) return yield* new RebuildStopped({ stops })
  return events
})
