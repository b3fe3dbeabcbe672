import { Effect } from "effect"
import type { EventStoreShape } from "#commands/ports/event-store.ts"
import type { RecordedEvent } from "#domain/kernel/envelope.ts"
import type { EventFeedShape } from "#projections/ports/event-feed.ts"
import { seeded, workload } from "#test/projections/workload.ts"

const SEED = 7
/** Half of the steps of a random history, or more, are refused or repeat what was done. */
const STEPS_PER_EVENT = 3
/** Events whose commits are sent together: streams stay as mixed as in a live log. */
const SLICE_EVENTS = 2_000
const READ_EVENTS = 1_000

/** The most that the store takes. */
export const MAX_COMMIT_EVENTS = 1_000

/** A random but valid history, at most so many events of a stream in one commit; returns the number of its events. */
export const fillLog = async (store: EventStoreShape, count: number, commitEvents: number): Promise<number> => {
  const events = workload(seeded(SEED), count * STEPS_PER_EVENT).slice(0, count)
  if (events.length < count) throw new Error(`the workload has only ${events.length} events`)
  for (let from = 0; from < count; from += SLICE_EVENTS) {
    const streams = Object.values(Object.groupBy(events.slice(from, from + SLICE_EVENTS), ({ stream }) => stream))
    const appends = streams.map((stream = []) => appendStream(store, stream, commitEvents))
    await Effect.runPromise(Effect.all(appends, { concurrency: "unbounded", discard: true }))
  }
  return count
}

const appendStream = (store: EventStoreShape, events: readonly RecordedEvent[], commitEvents: number) => {
  const commits = Array.from({ length: Math.ceil(events.length / commitEvents) }, (_, index) =>
    events.slice(index * commitEvents, (index + 1) * commitEvents),
  )
  return Effect.forEach(commits, (commit) =>
    store.append({ stream: commit[0]?.stream ?? "", expectedRevision: (commit[0]?.revision ?? 0) - 1, events: commit }), { discard: true })
}

/** Every event, for nobody. */
export const readAll = async (feed: EventFeedShape): Promise<number> => {
  let count = 0
  let after = 0n
  for (;;) {
    const events = await Effect.runPromise(feed.read(after, READ_EVENTS))
    if (events.length === 0) return count
    count += events.length
    after = events.at(-1)?.position ?? after
  }
}

export const eventsPerSecond = async (work: () => Promise<number>): Promise<number> => {
  const from = performance.now()
  const events = await work()
  return events / ((performance.now() - from) / 1_000)
}
