import { Effect, Fiber } from "effect"
import { openPostgresLog } from "#infra/postgres/event-log.ts"
import { postgresProjectionLock } from "#infra/postgres/projection-lock.ts"
import { liveReadModels, readModelDb } from "#infra/postgres/read-models.ts"
import { verify } from "#projections/audit/verify.ts"
import { watchPositions } from "#projections/await-position.ts"
import { catchUp } from "#projections/catch-up.ts"
import type { EventFeedShape } from "#projections/ports/event-feed.ts"
import type { ProjectionLockShape } from "#projections/ports/projection-lock.ts"
import { type ProjectorObserver, silentObserver } from "#projections/ports/projector-observer.ts"
import { LIVE_SCHEMA } from "#projections/read-db.ts"
import { readModels } from "#projections/read-models.ts"
import { runProjector } from "#projections/runner.ts"
import { postgresSink } from "#projections/sinks/postgres.ts"
import { openTestDatabase } from "#test/support/postgres.ts"

const TIMEOUT_MS = 30_000

/** What all projectors of a database have in common. */
interface Shared {
  readonly feed: EventFeedShape
  readonly lock: ProjectionLockShape
}

/** A log and its read models in a Postgres database of their own. */
export const openReadModels = async () => {
  const database = await openTestDatabase()
  const log = openPostgresLog(database.pool)
  const db = readModelDb(database.pool)
  const sink = postgresSink(db, LIVE_SCHEMA)
  const watch = watchPositions(sink, readModels)
  const lock = postgresProjectionLock(database.pool)
  const audit = { db, feed: log.feed, projections: readModels, observer: silentObserver, onProgress: () => {} }

  /** Projects until it is stopped, as a process of its own would. */
  const startProjector = (observer: ProjectorObserver = silentObserver, other: Partial<Shared> = {}) => {
    const own = { sink: postgresSink(db, LIVE_SCHEMA), projections: readModels, observer }
    const fiber = Effect.runFork(runProjector({ feed: log.feed, lock, ...other, ...own }))
    return { stop: () => Effect.runPromise(Fiber.interrupt(fiber)) }
  }
  return {
    database,
    store: log.store,
    feed: log.feed,
    live: liveReadModels(database.pool),
    sink,
    lock,
    audit,
    startProjector,
    /** Until all read models have reached the position. */
    reached: (position: bigint, projections = readModels.map(({ name }) => name)) =>
      Effect.runPromise(watch.awaitPosition(position, { timeoutMs: TIMEOUT_MS, projections })),
    catchUp: (observer: ProjectorObserver = silentObserver) =>
      Effect.runPromise(catchUp({ feed: log.feed, sink, projections: readModels, observer, onProgress: () => {} })),
    verify: () => Effect.runPromise(verify(audit)),
    close: async (): Promise<void> => {
      await log.close()
      await database.close()
    },
  }
}

export type PostgresReadModels = Awaited<ReturnType<typeof openReadModels>>
