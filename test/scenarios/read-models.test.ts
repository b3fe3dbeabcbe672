import { Deferred, Effect } from "effect"
import { DatabaseError } from "pg"
import { afterEach, beforeEach, describe, expect, test } from "vitest"
import { rebuild } from "#projections/audit/rebuild.ts"
import { withScratch } from "#projections/audit/scratch.ts"
import { swapIn } from "#projections/audit/swap.ts"
import { balanceQueries } from "#projections/balances/query.ts"
import { catchUpTo } from "#projections/catch-up.ts"
import { jobQueries } from "#projections/jobs/query.ts"
import { leaderboardQueries } from "#projections/leaderboard/query.ts"
import { nodeQueries } from "#projections/nodes/query.ts"
import type { EventFeedShape } from "#projections/ports/event-feed.ts"
import type { ProjectionLockShape } from "#projections/ports/projection-lock.ts"
import { silentObserver } from "#projections/ports/projector-observer.ts"
import { statementQueries } from "#projections/statement/query.ts"
import { usageQueries } from "#projections/usage/query.ts"
import { appendTogether } from "../projections/append-all.ts"
import { openReadModels, type PostgresReadModels } from "../projections/postgres-network.ts"
import { seeded, workload } from "../projections/workload.ts"
import { namespaceAt } from "../projections/workload-world.ts"

const history = workload(seeded(7), 2_000)
const head = BigInt(history.length)
const half = Math.floor(history.length / 2)

/** Lets every projector believe it is the only one. */
const fakeLock: ProjectionLockShape = { acquire: Effect.succeed({ lost: Effect.never }) }

let network: PostgresReadModels
beforeEach(async () => {
  network = await openReadModels()
})
afterEach(() => network.close())

/** A feed that holds back its first batch until so many readers have asked for it: all of them then step from the same place. */
const inStep = async (feed: EventFeedShape, readers: number): Promise<EventFeedShape> => {
  const all = await Effect.runPromise(Deferred.make<void>())
  let arrived = 0
  const read: EventFeedShape["read"] = (after, limit) =>
    feed.read(after, limit).pipe(
      Effect.tap(() => (++arrived >= readers ? Deferred.succeed(all, undefined) : Effect.void)),
      Effect.tap(() => Deferred.await(all)),
    )
  return { ...feed, read }
}

/** A projector that tells how its first step ended. */
const startRacer = (feed: EventFeedShape) => {
  const { promise: firstStep, resolve } = Promise.withResolvers<"taken" | "refused">()
  const observer = {
    ...silentObserver,
    advanced: (positions: ReadonlyMap<string, bigint>) => void ((positions.get("balances") ?? 0n) > 0n && resolve("taken")),
    refused: () => resolve("refused"),
  }
  return { firstStep, ...network.startProjector(observer, { feed, lock: fakeLock }) }
}

const execute = (sql: string) => network.database.pool.query(sql)

describe("read models of a random history", () => {
  test("live tables equal their rebuild byte for byte, and the books balance", async () => {
    const projector = network.startProjector()
    await appendTogether(network.store, history)
    await network.reached(head)
    await projector.stop()
    const result = await network.verify()
    expect(result).toMatchObject({ equal: true, events: history.length })
    expect(result.equal ? result.perTable.filter(({ rows }) => rows === 0) : null).toEqual([])
    expect(await balanceQueries(network.live).trialBalance()).toEqual({ credits: 0n, rcp: 0n })
  })

  test("two projectors that both believe to be alone never double a row", async () => {
    await appendTogether(network.store, history.slice(0, half))
    const feed = await inStep(network.feed, 2)
    const racers = [startRacer(feed), startRacer(feed)]
    const firstSteps = await Promise.all(racers.map((racer) => racer.firstStep))
    await appendTogether(network.store, history.slice(half))
    await network.reached(head)
    await Promise.all(racers.map((racer) => racer.stop()))
    expect(await network.verify()).toMatchObject({ equal: true, events: history.length })
    expect(firstSteps.sort()).toEqual(["refused", "taken"])
  })

  test("a rebuild beside a running projector loses and doubles nothing", async () => {
    const projector = network.startProjector()
    await appendTogether(network.store, history.slice(0, half))
    const appending = appendTogether(network.store, history.slice(half))
    const rebuilds: bigint[] = []
    for (let round = 0; round < 3; round += 1) {
      const { positions } = await Effect.runPromise(rebuild(network.audit))
      rebuilds.push(...positions.values())
    }
    await appending
    await network.reached(head)
    await projector.stop()
    expect(rebuilds.every((position) => position > 0n)).toBe(true)
    expect(await network.verify()).toMatchObject({ equal: true, events: history.length })
  })

  test("no projector can move while tables are swapped, so readers never go back", async () => {
    await appendTogether(network.store, history.slice(0, 50))
    await network.catchUp()
    const move = Effect.tryPromise({
      try: () => execute("select position from read.checkpoints for update nowait"),
      catch: (cause) => (cause instanceof DatabaseError ? cause.code : cause),
    })
    const { audit } = network
    const swapped = withScratch(audit.db, audit.projections, (scratch) =>
      swapIn(audit.db, audit.projections, scratch, (live) =>
        Effect.gen(function* () {
          const refusal = yield* Effect.flip(move)
          yield* catchUpTo({ ...audit, sink: scratch }, live)
          return refusal
        }),
      ),
    )
    const LOCK_NOT_AVAILABLE = "55P03"
    expect(await Effect.runPromise(swapped)).toBe(LOCK_NOT_AVAILABLE)
    expect(await network.verify()).toMatchObject({ equal: true, events: 50 })
  })

  test("the queries agree with each other", async () => {
    await appendTogether(network.store, history)
    await network.catchUp()
    const namespaceId = namespaceAt(1)
    const balance = await balanceQueries(network.live).ofNamespace(namespaceId)
    const statement = await statementQueries(network.live).list(namespaceId, { limit: 10_000 })
    const sums = { only: { namespace: [namespaceId] }, from: 0, until: Number.MAX_SAFE_INTEGER, limit: 1_000, after: null, order: "oldest first" } as const
    const usage = await usageQueries(network.live).page({ ...sums, bucket: "hour", groupBy: ["key", "model"] })
    const whole = await usageQueries(network.live).page({ ...sums, bucket: "total", groupBy: [] })
    const total = (amounts: readonly bigint[]) => amounts.reduce((a, b) => a + b, 0n)
    expect(statement[0]?.balance).toBe(balance.available)
    expect(total(statement.map((line) => line.amount))).toBe(balance.available)
    expect(total(usage.rows.map((hour) => hour.cost))).toBe(balance.spent)
    expect(whole.rows.map(({ cost }) => cost)).toEqual([balance.spent])
    expect(balance.available + balance.held + balance.spent).toBe(balance.granted + balance.transferred)
    const [, second] = statement
    const older = await statementQueries(network.live).list(namespaceId, { limit: 1, before: statement[0]?.position ?? 0n })
    expect(older[0]).toEqual(second)
    const nodes = await nodeQueries(network.live).list()
    const payees = await leaderboardQueries(network.live).top(10)
    expect(total(nodes.map((node) => node.milliRcp))).toBe(total(payees.map((payee) => payee.milliRcp)))
    const failures = history.filter((event) => event.type === "AttemptFailed").length
    expect(nodes.reduce((sum, node) => sum + node.failedAttempts, 0)).toBe(failures)
  })

  test("open work is what has no end, oldest first", async () => {
    await appendTogether(network.store, history)
    await network.catchUp()
    const placedBefore = Number.MAX_SAFE_INTEGER
    const holds = await balanceQueries(network.live).openHolds({ placedBefore, limit: 10_000 })
    const placed = history.filter(({ type }) => type === "HoldPlaced").length
    const ended = history.filter(({ type }) => type === "HoldSettled" || type === "HoldReleased").length
    expect(holds.length).toBe(placed - ended)
    expect(holds.map((hold) => hold.placedAt)).toEqual(holds.map((hold) => hold.placedAt).sort((a, b) => a - b))
    const jobs = jobQueries(network.live)
    const open = await jobs.open(10_000)
    const submitted = history.filter(({ type }) => type === "JobSubmitted").length
    const over = ["JobCompleted", "JobCancelled", "JobFailed", "JobExpired", "JobDeadLettered"]
    expect(open.length).toBe(submitted - history.filter(({ type }) => over.includes(type)).length)
    const [first] = open
    const timeline = await jobs.timeline(first?.jobId ?? "")
    expect(timeline.map(({ type }) => type)).toContain("JobSubmitted")
  })
})

describe("a planted corruption", () => {
  beforeEach(async () => {
    await appendTogether(network.store, history.slice(0, half))
    await network.catchUp()
  })

  test("of one cell is found and named", async () => {
    const namespaceId = namespaceAt(1)
    await execute(`update read.ledger_balances set available = available + 1 where namespace_id = '${namespaceId}'`)
    const result = await network.verify()
    expect(result).toMatchObject({
      equal: false,
      projection: "balances",
      difference: { table: "ledger_balances", key: { namespace_id: namespaceId }, columns: ["available"] },
    })
    const { live, rebuilt } = result.equal ? { live: null, rebuilt: null } : result.difference
    expect(BigInt(live?.["available"] ?? 0)).toBe(BigInt(rebuilt?.["available"] ?? 0) + 1n)
  })

  test("by a missing row is found, and the row named", async () => {
    const victim = "(select job_id from read.jobs order by 1 offset 3 limit 1)"
    const { rows } = await execute(`delete from read.jobs where job_id = ${victim} returning job_id`)
    expect(await network.verify()).toMatchObject({ equal: false, difference: { table: "jobs", key: rows[0], live: null } })
  })

  test("by an invented row is found, and the row named", async () => {
    await execute("insert into read.leaderboard (payee, milli_rcp) values ('bad', 5)")
    const difference = { table: "leaderboard", key: { payee: "bad" }, rebuilt: null }
    expect(await network.verify()).toMatchObject({ equal: false, difference })
  })

  test("is gone after a rebuild", async () => {
    await execute("update read.nodes set earned = earned + 1")
    await Effect.runPromise(rebuild(network.audit))
    expect(await network.verify()).toMatchObject({ equal: true })
  })
})

describe("projectors of several processes", () => {
  test("the waiting one takes over when the first is gone, and when its connection breaks", async () => {
    const at = { first: 0n, second: 0n }
    const noting = (who: keyof typeof at) => ({
      ...silentObserver,
      advanced: (positions: ReadonlyMap<string, bigint>) => void (at[who] = positions.get("balances") ?? 0n),
    })
    const first = network.startProjector(noting("first"))
    await appendTogether(network.store, history.slice(0, 10))
    await network.reached(10n)
    const second = network.startProjector(noting("second"))
    await appendTogether(network.store, history.slice(10, 20))
    await network.reached(20n)
    await expect.poll(() => at).toEqual({ first: 20n, second: 0n })
    await first.stop()
    await appendTogether(network.store, history.slice(20, 30))
    await network.reached(30n)
    await expect.poll(() => at.second).toBe(30n)
    await execute(
      "select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and pid <> pg_backend_pid() " +
        "and database = (select oid from pg_database where datname = current_database())",
    )
    await appendTogether(network.store, history.slice(30, 40))
    await network.reached(40n)
    await second.stop()
    expect(await network.verify()).toMatchObject({ equal: true, events: 40 })
  })
})
