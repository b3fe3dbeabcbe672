import { Effect } from "effect"
import type { Position } from "#domain/kernel/envelope.ts"
import { apart } from "./apply-events.ts"
import type { EventFeedUnavailable } from "./ports/event-feed.ts"
import type { SinkUnavailable } from "./ports/projection-sink.ts"
import type { Stop } from "./prepare-steps.ts"
import { readAhead } from "./read-ahead.ts"
import { type Positions, type Projecting, round, type Targets } from "./round.ts"

/**
 * Events in one read and one transaction of a replay: each changes a row that many events change once only, and nobody waits for the
 * first. Five times as many gain nothing and take as many times the memory.
 */
const CATCH_UP_EVENTS = 5_000
/** Each in a transaction of its own: the server writes the rows of one while those of another are made. */
const PROJECTIONS_AT_ONCE = 4

/** How a replay is going. */
export interface CatchUpProgress {
  /** Of the hindmost projection. */
  readonly position: Position
  readonly target: Position
  /** Read from the log so far. */
  readonly events: number
}

export interface CaughtUp {
  readonly positions: ReadonlyMap<string, Position>
  readonly stops: readonly Stop[]
  /** Read from the log. */
  readonly events: number
}

export interface CatchUpOptions extends Projecting {
  readonly onProgress: (progress: CatchUpProgress) => void
}

/** Makes missing tables, then takes in everything up to the log's present head and stops. Safe beside a running projector. */
export const catchUp = Effect.fnUntraced(function* (
  options: CatchUpOptions,
): Effect.fn.Return<CaughtUp, EventFeedUnavailable | SinkUnavailable> {
  yield* options.sink.install(options.projections)
  const head = yield* options.feed.head
  return yield* catchUpTo(options, new Map(options.projections.map(({ name }) => [name, head])))
})

/** Takes installed projections to their targets, which are positions of events (or the start), and not an event further. */
export const catchUpTo = Effect.fnUntraced(function* (
  options: CatchUpOptions,
  targets: Targets,
): Effect.fn.Return<CaughtUp, EventFeedUnavailable | SinkUnavailable> {
  const stops: Stop[] = []
  const observer = {
    ...options.observer,
    stopped: (stop: Stop) => {
      stops.push(stop)
      options.observer.stopped(stop)
    },
  }
  const positions: Positions = new Map(yield* options.sink.positions(options.projections))
  const target = [...targets.values()].reduce((a, b) => (a > b ? a : b), 0n)
  const projecting = { ...options, observer, read: readAhead(options.feed, CATCH_UP_EVENTS), apply: apart(PROJECTIONS_AT_ONCE) }
  let events = 0
  for (;;) {
    const taken = yield* round(projecting, positions, targets)
    if (taken === 0) break
    events += taken
    const position = [...positions.values()].reduce((a, b) => (a < b ? a : b), target)
    options.onProgress({ position, target, events })
  }
  return { positions: yield* options.sink.positions(options.projections), stops, events }
})
