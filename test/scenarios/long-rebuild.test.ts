import { Effect } from "effect"
import { Pool } from "pg"
import { afterEach, beforeEach, expect, test } from "vitest"
import { readModelDb } from "#infra/postgres/read-models.ts"
import { rebuild } from "#projections/audit/rebuild.ts"
import { verify } from "#projections/audit/verify.ts"
import type { EventFeedShape } from "#projections/ports/event-feed.ts"
import { appendTogether } from "../projections/append-all.ts"
import { openReadModels, type PostgresReadModels } from "../projections/postgres-network.ts"
import { seeded, workload } from "../projections/workload.ts"

/** How long the server lets a session stand still in a transaction, and how long each read of the log takes. */
const MAY_STAND_STILL_MS = 1_000
const READ_SECONDS = 1.5

let network: PostgresReadModels
beforeEach(async () => {
  network = await openReadModels()
})
afterEach(() => network.close())

test("a rebuild and a verification last as long as they need, however briefly a session may stand still in a transaction", async () => {
  await appendTogether(network.store, workload(seeded(7), 2_000).slice(0, 50))
  await network.catchUp()
  const pool = new Pool({ connectionString: network.database.url, options: `-c idle_in_transaction_session_timeout=${MAY_STAND_STILL_MS}` })
  pool.on("error", () => {})
  const wait = Effect.promise(() => network.database.pool.query("select pg_sleep($1)", [READ_SECONDS]))
  const slow: EventFeedShape["read"] = (after, limit) => Effect.andThen(wait, network.feed.read(after, limit))
  const audit = { ...network.audit, db: readModelDb(pool), feed: { ...network.feed, read: slow } }
  expect((await Effect.runPromise(rebuild(audit))).positions.get("balances")).toBe(50n)
  expect(await Effect.runPromise(verify(audit))).toMatchObject({ equal: true, events: 50 })
  await pool.end()
})
