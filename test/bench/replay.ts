import { Effect } from "effect"
import type { EventStoreShape } from "#commands/ports/event-store.ts"
import type { RecordedEvent } from "#domain/kernel/envelope.ts"
import { openPostgresLog } from "#infra/postgres/event-log.ts"
import { readModelDb } from "#infra/postgres/read-models.ts"
import { rebuild } from "#projections/audit/rebuild.ts"
import type { EventFeedShape } from "#projections/ports/event-feed.ts"
import { silentObserver } from "#projections/ports/projector-observer.ts"
import { readModels } from "#projections/read-models.ts"
import { seeded, workload } from "#test/projections/workload.ts"
import type { Plan } from "./plan.ts"
import { scratchPostgres } from "./scratch-postgres.ts"
import { printTable, times, whole } from "./table.ts"

const SEED = 7
/** Half of the steps of a random history, or more, are refused or repeat what was done. */
const STEPS_PER_EVENT = 3
/** Events whose commits are sent together: streams stay as mixed as in a live log. */
const SLICE_EVENTS = 2_000
const READ_EVENTS = 1_000

/** Events per second out of the log, and through a rebuild of every read model there is. */
export const benchReplay = async ({ replayEvents }: Plan): Promise<void> => {
  const postgres = await scratchPostgres()
  const log = openPostgresLog(postgres.pool)
  try {
    const written = await rate(() => fill(log.store, replayEvents))
    const read = await rate(() => readAll(log.feed))
    const db = readModelDb(postgres.pool)
    const options = { db, feed: log.feed, projections: readModels, observer: silentObserver, onProgress: () => {} }
    const rebuilt = await rate(async () => (await Effect.runPromise(rebuild(options))).events)
    const line = (name: string, perSecond: number) => ({ name, figures: `${whole(perSecond)}/s`, ratio: times(perSecond, read) })
    printTable(`replay of ${whole(replayEvents)} events (against reading alone)`, [
      line("appended", written),
      line("read into nothing", read),
      line(`rebuilt ${readModels.length} read models`, rebuilt),
    ])
  } finally {
    await log.close()
    await postgres.close()
  }
}

const rate = async (work: () => Promise<number>): Promise<number> => {
  const from = performance.now()
  const events = await work()
  return events / ((performance.now() - from) / 1_000)
}

const fill = async (store: EventStoreShape, count: number): Promise<number> => {
  const events = workload(seeded(SEED), count * STEPS_PER_EVENT).slice(0, count)
  if (events.length < count) throw new Error(`the workload has only ${events.length} events`)
  for (let from = 0; from < count; from += SLICE_EVENTS) {
    const streams = Object.values(Object.groupBy(events.slice(from, from + SLICE_EVENTS), ({ stream }) => stream))
    const appends = streams.map((stream = []) => appendStream(store, stream))
    await Effect.runPromise(Effect.all(appends, { concurrency: "unbounded", discard: true }))
  }
  return count
}

const MAX_COMMIT_EVENTS = 1_000

const appendStream = (store: EventStoreShape, events: readonly RecordedEvent[]) => {
  const commits = Array.from({ length: Math.ceil(events.length / MAX_COMMIT_EVENTS) }, (_, index) =>
    events.slice(index * MAX_COMMIT_EVENTS, (index + 1) * MAX_COMMIT_EVENTS),
  )
  return Effect.forEach(commits, (commit) =>
    store.append({ stream: commit[0]?.stream ?? "", expectedRevision: (commit[0]?.revision ?? 0) - 1, events: commit }), { discard: true })
}

const readAll = async (feed: EventFeedShape): Promise<number> => {
  let count = 0
  let after = 0n
  for (;;) {
    const events = await Effect.runPromise(feed.read(after, READ_EVENTS))
    if (events.length === 0) return count
    count += events.length
    after = events.at(-1)?.position ?? after
  }
}
