import { Effect } from "effect"
import type pg from "pg"
import { watchPositions } from "#projections/await-position.ts"
import { catchUp } from "#projections/catch-up.ts"
import type { EventFeedShape } from "#projections/ports/event-feed.ts"
import { silentObserver } from "#projections/ports/projector-observer.ts"
import type { Stop } from "#projections/prepare-steps.ts"
import { LIVE_SCHEMA } from "#projections/read-db.ts"
import { readModels } from "#projections/read-models.ts"
import { postgresSink } from "#projections/sinks/postgres.ts"
import { postgresProjectionLock } from "../postgres/projection-lock.ts"
import { readModelDb } from "../postgres/read-models.ts"

/** Whether the read models show everything that was in the log when it was asked. */
export type Currentness =
  | { readonly current: true }
  /** Stopped projections where this process projected, else why the running network's projector may be late. */
  | { readonly current: false; readonly stops: readonly Stop[]; readonly reason: string }

/** A projector that is this late has stopped, or has a long way to go. */
const LATE_AFTER_MS = 15_000

/**
 * Makes the read models current: by this process when no other one projects, else by waiting for that one. Both are tried at once, and
 * whoever gets there first ends it: the lock is free, or the positions move.
 */
export const makeCurrent = Effect.fnUntraced(function* (pool: pg.Pool, feed: EventFeedShape) {
  const sink = postgresSink(readModelDb(pool), LIVE_SCHEMA)
  const head = yield* feed.head
  // A log that no network ever ran on has no tables, and nothing to wait for either.
  if ((yield* sink.positions(readModels)).size === 0) yield* sink.install(readModels)
  const here = Effect.gen(function* () {
    yield* postgresProjectionLock(pool).acquire
    const { stops } = yield* catchUp({ feed, sink, projections: readModels, observer: silentObserver, onProgress: () => {} })
    return stops.length === 0 ? CURRENT : behind(stops, stops.map(({ projection, at }) => `${projection} stopped at event ${at}`).join(", "))
  })
  const elsewhere = watchPositions(sink, readModels).awaitPosition(head, { timeoutMs: LATE_AFTER_MS }).pipe(
    Effect.as(CURRENT),
    Effect.catchTag("PositionNotReached", ({ reached }) => Effect.succeed(behind([], `they are at event ${reached} of ${head}`))),
    // No tables yet: whoever has the lock makes them, and says what is wrong if that fails.
    Effect.catchTag("SinkUnavailable", () => Effect.never),
  )
  return yield* Effect.raceFirst(Effect.scoped(here), elsewhere)
})

const CURRENT: Currentness = { current: true }
const behind = (stops: readonly Stop[], reason: string): Currentness => ({ current: false, stops, reason })
