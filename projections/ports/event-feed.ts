import { Context, Data, type Effect } from "effect"
import type { Position, RecordedEvent } from "#domain/kernel/envelope.ts"

export class EventFeedUnavailable extends Data.TaggedError("EventFeedUnavailable")<{ readonly reason: string }> {}

export interface EventFeedShape {
  /** Events after `after` in global order, at most `limit`. Never skips an event that a later read would return. */
  readonly read: (
    after: Position,
    limit: number,
  ) => Effect.Effect<readonly RecordedEvent[], EventFeedUnavailable>
  /** Position of the last event, `START` for an empty log. */
  readonly head: Effect.Effect<Position, EventFeedUnavailable>
  /** Completes once an event after `after` exists. */
  readonly waitFor: (after: Position) => Effect.Effect<void, EventFeedUnavailable>
}

/** The domain log, as readers see it: one global order. */
export class EventFeed extends Context.Service<EventFeed, EventFeedShape>()("projections/EventFeed") {}
