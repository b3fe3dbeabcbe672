import { Effect } from "effect"
import type { Position } from "#domain/kernel/envelope.ts"
import type { EventFeedShape } from "#projections/ports/event-feed.ts"
import type { ProjectionSink } from "#projections/ports/projection-sink.ts"
import type { Projection } from "#projections/projection.ts"
import type { PlatformConfig } from "../config/platform-config.ts"
import { firstSequenceAfter } from "../nats/log-layout.ts"
import type { Gauge } from "./gauge.ts"

/** More than this is not counted where counting means reading: beyond the alert's threshold it no longer matters. */
const MAX_COUNTED_EVENTS = 11_000
const READ_EVENTS = 1_000

export interface LagSource {
  readonly engine: PlatformConfig["eventStore"]
  readonly feed: EventFeedShape
  readonly sink: ProjectionSink
  readonly projections: readonly Projection[]
}

/** How far each read model is behind the log. */
export const projectionLag = ({ engine, feed, sink, projections }: LagSource): Gauge => ({
  name: "resultity_projection_lag_events",
  help: "Events in the log that the read model has not taken in. On NATS: commits, each of one event or a few.",
  label: "projection",
  read: () =>
    Effect.runPromise(
      Effect.gen(function* () {
        const positions = yield* sink.positions(projections)
        const head = yield* feed.head
        const counts = new Map<Position, number>()
        for (const at of new Set(positions.values())) counts.set(at, at >= head ? 0 : yield* DISTANCES[engine](feed, at, head))
        return [...positions].map(([of, at]) => ({ of, value: counts.get(at) ?? 0 }))
      }),
    ),
})

type Distance = (feed: EventFeedShape, at: Position, head: Position) => ReturnType<typeof counted>

const counted = Effect.fnUntraced(function* (feed: EventFeedShape, at: Position) {
  let [after, count] = [at, 0]
  while (count < MAX_COUNTED_EVENTS) {
    const batch = yield* feed.read(after, READ_EVENTS)
    const last = batch.at(-1)
    if (last === undefined) break
    count += batch.length
    after = last.position
  }
  return count
})

const DISTANCES: Readonly<Record<PlatformConfig["eventStore"], Distance>> = {
  // Positions have no gaps (ADR 0003).
  postgres: (_feed, at, head) => Effect.succeed(Number(head - at)),
  // Positions leave room for a commit's events (ADR 0021), so only commits can be told without reading.
  nats: (_feed, at, head) => Effect.succeed(firstSequenceAfter(head) - firstSequenceAfter(at)),
  // Positions are bytes (ADR 0022).
  eventstoredb: counted,
}
