import { Effect } from "effect"
import type { EventStoreShape } from "#commands/ports/event-store.ts"
import type { RecordedEvent } from "#domain/kernel/envelope.ts"

const append = (store: EventStoreShape) => ({ id, stream, revision, type, data, meta }: RecordedEvent) =>
  store.append({ stream, expectedRevision: revision - 1, events: [{ id, type, data, meta }] })

/** Appends a workload event by event, so that the log's positions are the workload's. */
export const appendInOrder = (store: EventStoreShape, events: readonly RecordedEvent[]): Promise<void> =>
  Effect.runPromise(Effect.forEach(events, append(store), { discard: true }))

/** Appends a workload as many writers would: each stream in its order, all streams at once. */
export const appendTogether = (store: EventStoreShape, events: readonly RecordedEvent[]): Promise<void> => {
  const streams = Object.values(Object.groupBy(events, ({ stream }) => stream)).filter((stream) => stream !== undefined)
  const one = (stream: readonly RecordedEvent[]) => Effect.forEach(stream, append(store), { discard: true })
  return Effect.runPromise(Effect.forEach(streams, one, { concurrency: "unbounded", discard: true }))
}
