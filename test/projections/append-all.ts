import { Effect } from "effect"
import type { EventStoreShape } from "#commands/ports/event-store.ts"
import type { RecordedEvent } from "#domain/kernel/envelope.ts"

/** Appends a workload event by event, so that the log's positions are the workload's. */
export const appendAll = (store: EventStoreShape, events: readonly RecordedEvent[]): Promise<void> =>
  Effect.runPromise(
    Effect.forEach(
      events,
      ({ id, stream, revision, type, data, meta }) =>
        store.append({ stream, expectedRevision: revision - 1, events: [{ id, type, data, meta }] }),
      { discard: true },
    ),
  )
