import { Effect, Fiber } from "effect"
import { CompiledQuery } from "kysely"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import type { RecordedEvent } from "#domain/kernel/envelope.ts"
import { openPostgresLog, type PostgresLog } from "#infra/postgres/event-log.ts"
import { postgresProjectionLock } from "#infra/postgres/projection-lock.ts"
import { liveReadModels, readModelDb } from "#infra/postgres/read-models.ts"
import { rebuild } from "#projections/audit/rebuild.ts"
import { verify } from "#projections/audit/verify.ts"
import { watchPositions } from "#projections/await-position.ts"
import { balanceQueries } from "#projections/balances/query.ts"
import { catchUp } from "#projections/catch-up.ts"
import { jobQueries } from "#projections/jobs/query.ts"
import { nodeQueries } from "#projections/nodes/query.ts"
import { silentObserver } from "#projections/ports/projector-observer.ts"
import { LIVE_SCHEMA } from "#projections/read-db.ts"
import { readModels } from "#projections/read-models.ts"
import { runProjector } from "#projections/runner.ts"
import { postgresSink } from "#projections/sinks/postgres.ts"
import { statementQueries } from "#projections/statement/query.ts"
import { openTestDatabase, type TestDatabase } from "#test/support/postgres.ts"
import { appendAll } from "../projections/append-all.ts"
import { namespaceAt, seeded, workload } from "../projections/workload.ts"

const STEPS = 3_000
const TIMEOUT_MS = 30_000

/** A random history, a network's worth of read models, and one Postgres for both. */
const openNetwork = async () => {
  const database = await openTestDatabase()
  const log = openPostgresLog(database.pool)
  const db = readModelDb(database.pool)
  const sink = postgresSink(db, LIVE_SCHEMA)
  const audit = { db, feed: log.feed, projections: readModels, observer: silentObserver, onProgress: () => {} }
  const watch = watchPositions(sink, readModels)
  /** One projector process. */
  const projector = (observer = silentObserver) =>
    runProjector({ feed: log.feed, sink: postgresSink(db, LIVE_SCHEMA), projections: readModels, observer, lock: postgresProjectionLock(database.pool) })
  const close = async (): Promise<void> => {
    await log.close()
    await database.close()
  }
  return { database, log, db, sink, audit, watch, projector, close }
}

const verifyAll = (network: Awaited<ReturnType<typeof openNetwork>>) => Effect.runPromise(verify(network.audit))

describe("read models on Postgres", () => {
  let network: Awaited<ReturnType<typeof openNetwork>>
  const events = workload(seeded(7), STEPS)
  const head = BigInt(events.length)

  beforeAll(async () => {
    network = await openNetwork()
  })
  afterAll(() => network.close())

  test("live tables that followed a random history equal their rebuild byte for byte, and the books balance", async () => {
    const running = Effect.runFork(network.projector())
    await appendAll(network.log.store, events)
    await Effect.runPromise(network.watch.awaitPosition(head, { timeoutMs: TIMEOUT_MS }))
    await Effect.runPromise(Fiber.interrupt(running))
    const result = await verifyAll(network)
    expect(result).toMatchObject({ equal: true, events: events.length })
    const rows = result.equal ? result.perTable : []
    expect(rows.filter((table) => table.rows === 0)).toEqual([])
    const queries = balanceQueries(liveReadModels(network.database.pool))
    expect(await queries.trialBalance()).toEqual({ credits: 0n, rcp: 0n })
    expect(await queries.account("platform:revenue")).toBeGreaterThan(0n)
  })
})
