import { Effect, Fiber } from "effect"
import type { Position } from "#domain/kernel/envelope.ts"
import type { EventFeedShape, EventFeedUnavailable } from "./ports/event-feed.ts"
import { positionOf, type Readable, readable } from "./prepare-steps.ts"

/** Reads and decodes a batch; `[]` at the end of the log. */
export type Reader = (after: Position) => Effect.Effect<readonly Readable[], EventFeedUnavailable>

interface Ahead {
  readonly after: Position
  readonly batch: Fiber.Fiber<readonly Readable[], EventFeedUnavailable>
}

/** Reads the log in batches; behind a full one it already reads the next, so that log, decoding and tables work at once. */
export const readAhead = (feed: EventFeedShape, batchEvents: number): Reader => {
  let ahead: Ahead | null = null
  const read: Reader = (after) => Effect.map(feed.read(after, batchEvents), (events) => events.map(readable))

  return Effect.fnUntraced(function* (after) {
    const begun: Ahead | null = ahead
    ahead = null
    if (begun !== null && begun.after !== after) yield* Fiber.interrupt(begun.batch)
    const events = begun?.after === after ? yield* Fiber.join(begun.batch) : yield* read(after)
    const last = events.at(-1)
    if (last === undefined || events.length < batchEvents) return events
    ahead = { after: positionOf(last), batch: yield* Effect.forkChild(read(positionOf(last))) }
    return events
  })
}
