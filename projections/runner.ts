import { Effect } from "effect"
import { applyEvents } from "./apply-events.ts"
import type { ProjectionLockShape } from "./ports/projection-lock.ts"
import { readAhead } from "./read-ahead.ts"
import { BATCH_EVENTS, type Positions, type Projecting, round, type Targets } from "./round.ts"

export interface ProjectorOptions extends Projecting {
  readonly lock: ProjectionLockShape
}

/** Pause before log, tables or lock that could not be reached are tried again. */
const RETRY_DELAY_MS = 250

/**
 * At the end of the log, the time from one round to the next at least. A round costs a dozen statements however few its events are:
 * one for each commit took as much of the machine as everything else that a request needs. After a pause the first event goes at once.
 */
const GATHER_MS = 200

const NO_TARGETS: Targets = new Map()

/**
 * Keeps the read models up to date, for ever: waits for the projection lock, makes missing tables, follows the log. It ends only by
 * interruption. A projection that meets an event it cannot take stops there with an alarm; the others go on.
 */
export const runProjector = (options: ProjectorOptions): Effect.Effect<never> =>
  Effect.scoped(project(options)).pipe(
    Effect.catch((failure) =>
      Effect.sync(() => options.observer.retrying(`${failure._tag}: ${failure.reason}`)).pipe(
        Effect.andThen(Effect.sleep(RETRY_DELAY_MS)),
      ),
    ),
    Effect.forever,
  )

/** Ends when the lock is lost. */
const project = Effect.fnUntraced(function* (options: ProjectorOptions) {
  const { lock, sink, projections, observer } = options
  const held = yield* lock.acquire
  yield* sink.install(projections)
  const positions: Positions = new Map(yield* sink.positions(projections))
  observer.advanced(positions)
  yield* Effect.raceFirst(follow(options, positions), held.lost)
})

const follow = Effect.fnUntraced(function* (options: ProjectorOptions, positions: Positions) {
  const projecting = { ...options, read: readAhead(options.feed, BATCH_EVENTS), apply: applyEvents }
  while (positions.size > 0) {
    if ((yield* round(projecting, positions, NO_TARGETS)) >= BATCH_EVENTS) continue
    yield* Effect.all([options.feed.waitFor(least(positions)), Effect.sleep(GATHER_MS)], { concurrency: 2, discard: true })
  }
  // All stopped: the lock stays here, another process would stop at the same events.
  return yield* Effect.never
})

/** At the end of the log all are at the same position; one that is behind only makes the wait end at once. */
const least = (positions: Positions): bigint => [...positions.values()].reduce((a, b) => (a < b ? a : b))
