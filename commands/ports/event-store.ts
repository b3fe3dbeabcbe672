import { Context, Data, type Effect } from "effect"
import type { EventMeta, Position, RecordedEvent } from "#domain/kernel/envelope.ts"

/** An event on its way into the log. `id` is uuid-v5 of the command id and the event's index in that command. */
export interface NewEvent {
  readonly id: string
  readonly type: string
  /** Plain JSON. */
  readonly data: unknown
  readonly meta: EventMeta
}

/** One decision: all of its events or none, at exactly this revision. */
export interface Commit {
  readonly stream: string
  /** Revision of the stream's last event, `NO_STREAM` (-1) when there is none. */
  readonly expectedRevision: number
  /** At least one, at most 1 000. */
  readonly events: readonly NewEvent[]
}

/** Where the commit's last event is. */
export interface Appended {
  readonly revision: number
  readonly position: Position
}

/** Somebody else appended first; load again and decide again. */
export class WrongExpectedRevision extends Data.TaggedError("WrongExpectedRevision")<{
  readonly stream: string
  readonly expected: number
  readonly actual: number
}> {}

/** The engine cannot be reached or refuses; nothing is known about the commit unless the promise below says so. */
export class EventStoreUnavailable extends Data.TaggedError("EventStoreUnavailable")<{ readonly reason: string }> {}

export interface EventStoreShape {
  /**
   * Appends one commit, durably: it survives a power cut once this succeeds. A repeated commit (the same first event id in the same
   * stream) succeeds with the place it already has. Concurrent calls may share one write; each still succeeds or fails alone.
   */
  readonly append: (commit: Commit) => Effect.Effect<Appended, WrongExpectedRevision | EventStoreUnavailable>
  /** The stream's events from `fromRevision` on, in order; `[]` when there are none. */
  readonly readStream: (
    stream: string,
    fromRevision: number,
  ) => Effect.Effect<readonly RecordedEvent[], EventStoreUnavailable>
}

/** The domain log, as commands see it. */
export class EventStore extends Context.Service<EventStore, EventStoreShape>()("commands/EventStore") {}
