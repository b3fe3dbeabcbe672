import { Effect } from "effect"
import { openPool } from "#infra/postgres/pool.ts"
import { postgresProjectionLock } from "#infra/postgres/projection-lock.ts"

/** Takes the projection lock, prints `held`, and `lost` when it is no longer its own. Word: url. */
const pool = openPool(process.argv[2] ?? "")
const hold = Effect.gen(function* () {
  const { lost } = yield* postgresProjectionLock(pool).acquire
  process.stdout.write("held\n")
  yield* lost
  process.stdout.write("lost\n")
})
await Effect.runPromise(Effect.scoped(hold))
await pool.end()
