import { Effect } from "effect"
import { type EventStoreShape, EventStoreUnavailable } from "#commands/ports/event-store.ts"

export type Append = EventStoreShape["append"]

export const away = Effect.fail(new EventStoreUnavailable({ reason: "away" }))

/** A log whose nth append of one type of event goes as `worse` says. */
export const troubled = (type: string, worse: (append: Append, n: number) => Append) => (store: EventStoreShape): EventStoreShape => {
  let n = 0
  const append: Append = (commit) =>
    Effect.suspend(() => (commit.events.some((event) => event.type === type) ? worse(store.append, (n += 1)) : store.append)(commit))
  return { ...store, append }
}
