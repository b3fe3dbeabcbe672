import { Effect } from "effect"
import { openPostgresLog } from "#infra/postgres/event-log.ts"
import { readModelDb } from "#infra/postgres/read-models.ts"
import { rebuild } from "#projections/audit/rebuild.ts"
import { silentObserver } from "#projections/ports/projector-observer.ts"
import { readModels } from "#projections/read-models.ts"
import { eventsPerSecond, fillLog, MAX_COMMIT_EVENTS, readAll } from "./mixed-log.ts"
import type { Plan } from "./plan.ts"
import { scratchPostgres } from "./scratch-postgres.ts"
import { printTable, times, whole } from "./table.ts"

/** Events per second out of the log, and through a rebuild of every read model there is. */
export const benchReplay = async ({ replayEvents }: Plan): Promise<void> => {
  const postgres = await scratchPostgres()
  const log = openPostgresLog(postgres.pool)
  try {
    const written = await eventsPerSecond(() => fillLog(log.store, replayEvents, MAX_COMMIT_EVENTS))
    const read = await eventsPerSecond(() => readAll(log.feed))
    const db = readModelDb(postgres.pool)
    const options = { db, feed: log.feed, projections: readModels, observer: silentObserver, onProgress: () => {} }
    const rebuilt = await eventsPerSecond(async () => (await Effect.runPromise(rebuild(options))).events)
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
