import { Effect, Schedule } from "effect"
import type pg from "pg"
import {
  type HeldLock,
  type ProjectionLockShape,
  ProjectionLockUnavailable,
} from "#projections/ports/projection-lock.ts"
import { reasonOf } from "./connection-retry.ts"

/** Any constant; other users of the database must not use the same. */
const PROJECTION_LOCK = 6_172_839_404
/** How soon a waiting process takes over from one that is gone. */
const TAKE_OVER_POLL_MS = 200
/** The server closes the holder's connection, and gives the lock to the next, when nothing was heard from it for this long. */
const SILENCE_MS = 5_000
/** How often the holder is heard. */
const SIGN_OF_LIFE_MS = 1_000

interface Session {
  readonly client: pg.PoolClient
  readonly whenBroken: (then: () => void) => void
}

/**
 * An advisory lock on a connection of its own: the server gives it back when the holder dies, however it dies, and when the holder's
 * process is stopped for `SILENCE_MS`.
 */
export const postgresProjectionLock = (pool: pg.Pool): ProjectionLockShape => ({
  acquire: Effect.gen(function* () {
    const session = yield* Effect.acquireRelease(
      Effect.tryPromise({ try: () => openSession(pool), catch: unavailable }),
      // Not back into the pool: closing the connection is what frees the lock.
      ({ client }) => Effect.sync(() => client.release(true)),
    )
    while (!(yield* Effect.tryPromise({ try: () => tryLock(session), catch: unavailable }))) {
      yield* Effect.sleep(TAKE_OVER_POLL_MS)
    }
    yield* Effect.forkScoped(Effect.repeat(Effect.promise(() => signOfLife(session)), Schedule.spaced(SIGN_OF_LIFE_MS)))
    const lost = Effect.callback<void>((resume) => session.whenBroken(() => resume(Effect.void)))
    return { lost } satisfies HeldLock
  }),
})

const openSession = async (pool: pg.Pool): Promise<Session> => {
  const client = await pool.connect()
  let broken = false
  const listeners = new Set<() => void>()
  const onBroken = (): void => {
    broken = true
    for (const then of listeners) then()
  }
  client.on("error", onBroken)
  client.on("end", onBroken)
  await client.query(`set idle_session_timeout = ${SILENCE_MS}`)
  const whenBroken = (then: () => void): void => {
    if (broken) then()
    else listeners.add(then)
  }
  return { client, whenBroken }
}

/** One that fails says that the connection is broken, which its `error` event says too. */
const signOfLife = ({ client }: Session): Promise<unknown> => client.query("select 1").catch(() => {})

const tryLock = async ({ client }: Session): Promise<boolean> => {
  const sql = `select pg_try_advisory_lock(${PROJECTION_LOCK}) as locked`
  const { rows } = await client.query<{ readonly locked: boolean }>(sql)
  return rows[0]?.locked === true
}

const unavailable = (cause: unknown) => new ProjectionLockUnavailable({ reason: reasonOf(cause) })
