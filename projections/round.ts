import { Effect } from "effect"
import type { Position } from "#domain/kernel/envelope.ts"
import { type applyEvents, type Outcome } from "./apply-events.ts"
import type { EventFeedShape, EventFeedUnavailable } from "./ports/event-feed.ts"
import type { ProjectionSink, SinkUnavailable } from "./ports/projection-sink.ts"
import type { ProjectorObserver } from "./ports/projector-observer.ts"
import type { Cursor } from "./prepare-steps.ts"
import type { Projection } from "./projection.ts"
import type { Reader } from "./read-ahead.ts"

export interface Projecting {
  readonly feed: EventFeedShape
  readonly sink: ProjectionSink
  readonly projections: readonly Projection[]
  readonly observer: ProjectorObserver
}

/** Where each projection that goes on is; stopped ones are absent. Changed in place by `round`. */
export type Positions = Map<string, Position>

/** How far each projection may go; one without an entry goes as far as the log. */
export type Targets = ReadonlyMap<string, Position>

/** Events in one read and one transaction at the end of the log: large enough that a round trip is shared, small enough for a quick first row. */
export const BATCH_EVENTS = 1_000

/** How a round reads the log, and how it takes what it reads into projections at one position. */
export interface RoundParts {
  readonly read: Reader
  readonly apply: typeof applyEvents
}

/** Projections at one position share a read of the log. */
interface Group {
  readonly position: Position
  readonly cursors: readonly Cursor[]
}

/**
 * One read per group of projections at the same position, the foremost group first: one that starts again does not hold up the others,
 * and joins them at the end of the log. Returns the number of events taken.
 */
export const round = Effect.fnUntraced(function* (
  projecting: Projecting & RoundParts,
  positions: Positions,
  targets: Targets,
) {
  let taken = 0
  for (const group of groupsOf(projecting.projections, positions, targets)) {
    taken += yield* advance(projecting, group, positions)
  }
  return taken
})

const advance = Effect.fnUntraced(function* (
  { read, apply, sink, projections, observer }: Projecting & RoundParts,
  { position, cursors }: Group,
  positions: Positions,
): Effect.fn.Return<number, EventFeedUnavailable | SinkUnavailable> {
  const events = yield* read(position)
  if (events.length === 0) return 0
  const outcome = yield* apply(sink, cursors, events)
  for (const [name, to] of outcome.advanced) positions.set(name, to)
  if (outcome.moved.length > 0) {
    observer.refused(outcome.moved)
    yield* readAgain(sink, projections, outcome, positions)
  }
  for (const stop of outcome.stops) {
    positions.delete(stop.projection)
    observer.stopped(stop)
  }
  for (const event of events) if (event._tag === "Unknown") observer.unknownEvent(event.type)
  observer.advanced(outcome.advanced)
  return events.length
})

const readAgain = Effect.fnUntraced(function* (
  sink: ProjectionSink,
  projections: readonly Projection[],
  { moved }: Outcome,
  positions: Positions,
) {
  const actual = yield* sink.positions(projections)
  for (const name of moved) {
    const position = actual.get(name)
    // Without a checkpoint of its version it was replaced by another version: nothing left to do for it here.
    if (position === undefined) positions.delete(name)
    else positions.set(name, position)
  }
})

const groupsOf = (projections: readonly Projection[], positions: Positions, targets: Targets): readonly Group[] => {
  const starts = [...new Set(positions.values())].sort((a, b) => (a > b ? -1 : 1))
  return starts
    .map((position) => {
      const here = projections.filter(({ name }) => positions.get(name) === position)
      const cursors = here.map((projection) => ({ projection, position, ceiling: targets.get(projection.name) ?? null }))
      return { position, cursors: cursors.filter(({ ceiling }) => ceiling === null || ceiling > position) }
    })
    .filter(({ cursors }) => cursors.length > 0)
}
