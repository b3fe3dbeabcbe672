import { Effect } from "effect"
import type { Position } from "#domain/kernel/envelope.ts"
import type { ProjectionSink, SinkUnavailable, WritesRefused } from "./ports/projection-sink.ts"
import { type Cursor, positionOf, prepare, type Prepared, type Readable, type Stop } from "./prepare-steps.ts"

/** How a batch went, by projection. */
export interface Outcome {
  readonly advanced: ReadonlyMap<string, Position>
  readonly stops: readonly Stop[]
  /** Their checkpoints are not where we thought. */
  readonly moved: readonly string[]
}

const merge = (outcomes: readonly Outcome[]): Outcome => ({
  advanced: new Map(outcomes.flatMap(({ advanced }) => [...advanced])),
  stops: outcomes.flatMap(({ stops }) => stops),
  moved: outcomes.flatMap(({ moved }) => moved),
})

/**
 * Takes the events into all projections at once. When the sink refuses, each goes alone, and one whose writes are refused goes by ever
 * smaller parts, up to the event that cannot be taken.
 */
export const applyEvents = (
  sink: ProjectionSink,
  cursors: readonly Cursor[],
  events: readonly Readable[],
): Effect.Effect<Outcome, SinkUnavailable> => {
  const prepared = cursors.map((cursor) => prepare(cursor, events))
  const steps = prepared.map(({ step }) => step).filter((step) => step.to > step.from)
  if (steps.length === 0) return Effect.succeed(outcomeOf(prepared))
  return sink.apply(steps).pipe(
    Effect.as(outcomeOf(prepared)),
    Effect.catchTags({
      CheckpointMoved: ({ names }) =>
        cursors.length > 1 ? oneByOne(sink, cursors, events) : Effect.succeed({ advanced: new Map(), stops: [], moved: names }),
      WritesRefused: (refused) =>
        cursors.length > 1 ? oneByOne(sink, cursors, events) : narrow(sink, cursors, events, refused),
    }),
  )
}

const outcomeOf = (prepared: readonly Prepared[]): Outcome => ({
  advanced: new Map(prepared.map(({ step }): readonly [string, Position] => [step.projection.name, step.to])),
  stops: prepared.flatMap(({ stop }) => (stop === null ? [] : [stop])),
  moved: [],
})

const oneByOne = (sink: ProjectionSink, cursors: readonly Cursor[], events: readonly Readable[]) => apart(1)(sink, cursors, events)

/** Takes the events into each projection by itself, into so many of them at once. */
export const apart =
  (concurrency: number): typeof applyEvents =>
  (sink, cursors, events) =>
    Effect.forEach(cursors, (cursor) => applyEvents(sink, [cursor], events), { concurrency }).pipe(Effect.map(merge))

/** Halves until the refused event is alone. */
const narrow = (
  sink: ProjectionSink,
  [cursor]: readonly Cursor[],
  events: readonly Readable[],
  { reason }: WritesRefused,
): Effect.Effect<Outcome, SinkUnavailable> => {
  if (cursor === undefined) return Effect.succeed(merge([]))
  const { name } = cursor.projection
  const mine = events.filter((event) => isFor(cursor, event))
  const [only] = mine
  if (only !== undefined && mine.length === 1) {
    const stop: Stop = { projection: name, at: positionOf(only), reason }
    return Effect.succeed({ advanced: new Map(), stops: [stop], moved: [] })
  }
  const half = Math.ceil(mine.length / 2)
  return Effect.gen(function* () {
    const first = yield* applyEvents(sink, [cursor], mine.slice(0, half))
    if (first.stops.length > 0 || first.moved.length > 0) return first
    const position = first.advanced.get(name) ?? cursor.position
    return merge([first, yield* applyEvents(sink, [{ ...cursor, position }], mine.slice(half))])
  })
}

const isFor = ({ position, ceiling }: Cursor, event: Readable): boolean =>
  positionOf(event) > position && (ceiling === null || positionOf(event) <= ceiling)
