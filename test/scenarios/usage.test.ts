import { Result } from "effect"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { balanceQueries } from "#projections/balances/query.ts"
import { decode, type LogEvent } from "#projections/log-event.ts"
import { type Dimension, DIMENSIONS, type UsageQuery, usageQueries, type UsageRow } from "#projections/usage/query.ts"
import { appendTogether } from "../projections/append-all.ts"
import { openReadModels, type PostgresReadModels } from "../projections/postgres-network.ts"
import { seeded, workload } from "../projections/workload.ts"

const HOUR_MS = 3_600_000

type Ended = Extract<LogEvent, { readonly type: "HoldSettled" | "HoldReleased" }>
const isEnd = (event: LogEvent): event is Ended => event.type === "HoldSettled" || event.type === "HoldReleased"

/** Over more than three days. */
const history = workload(seeded(11), 6_000)
const ends = history.map((recorded) => Result.getOrThrow(decode(recorded))).filter(isEnd).filter(({ data }) => data.reason !== "never_submitted")

const ALL: UsageQuery = { from: 0, until: 1_000 * HOUR_MS, bucket: "total", groupBy: [], order: "oldest first", limit: 1_000, after: null }

const dimensionOf = ({ data }: Ended, dimension: Dimension): string =>
  ({ namespace: data.namespaceId, key: data.keyId, model: data.model, endpoint: data.request?.endpoint ?? "", mode: data.request?.mode ?? "" })[dimension]

/** What the rows must be, from the events themselves. */
const expected = (events: readonly Ended[], widthMs: number, groupBy: readonly Dimension[]) =>
  [...Map.groupBy(events, (event) => JSON.stringify([Math.floor(event.data.at / widthMs) * widthMs, ...groupBy.map((by) => dimensionOf(event, by))]))]
    .map(([place, of]) => ({ place, requests: of.length, cost: of.reduce((sum, { type, data }) => (type === "HoldSettled" ? sum + data.price : sum), 0n) }))
    .toSorted((a, b) => (a.place < b.place ? -1 : 1))

const summary = (rows: readonly UsageRow[], groupBy: readonly Dimension[]) =>
  rows
    .map(({ startAt, by, requests, cost }) => ({ place: JSON.stringify([startAt, ...groupBy.map((dimension) => by[dimension])]), requests, cost }))
    .toSorted((a, b) => (a.place < b.place ? -1 : 1))

let network: PostgresReadModels
beforeAll(async () => {
  network = await openReadModels()
  await appendTogether(network.store, history)
  await network.catchUp()
})
afterAll(() => network.close())
const page = (query: Partial<UsageQuery>) => usageQueries(network.live).page({ ...ALL, ...query })

describe("usage of a random history", () => {
  test("adds up to what the ledgers settled, namespace by namespace", async () => {
    const { rows } = await page({ groupBy: ["namespace"] })
    expect(rows.length).toBeGreaterThan(1)
    for (const { by, cost } of rows) expect(cost).toBe((await balanceQueries(network.live).ofNamespace(by.namespace ?? "")).spent)
    expect((await network.verify()).equal).toBe(true)
  })

  test.each([["hour", HOUR_MS, ["key", "model"]], ["day", 24 * HOUR_MS, [...DIMENSIONS]], ["5m", 300_000, []]] as const)(
    "by %s has a row for each combination that the events have, and no other",
    async (bucket, widthMs, groupBy) => {
      const { rows } = await page({ bucket, groupBy })
      expect(ends.length).toBeGreaterThan(100)
      expect(summary(rows, groupBy)).toEqual(expected(ends, widthMs, groupBy))
    },
  )

  test.each(["oldest first", "newest first"] as const)("page by page, %s, is the whole without a gap", async (order) => {
    const query: Partial<UsageQuery> = { bucket: "hour", groupBy: ["key", "endpoint"], order }
    const whole = await page(query)
    const rows: UsageRow[] = []
    let after: UsageQuery["after"] = null
    do {
      const part = await page({ ...query, limit: 7, after })
      expect(part.rows.length).toBeLessThanOrEqual(7)
      rows.push(...part.rows)
      after = part.next
    } while (after !== null)
    expect(whole.next).toBeNull()
    expect(rows.length).toBeGreaterThan(21)
    expect(rows).toEqual(whole.rows)
    expect(rows.map(({ startAt }) => startAt)).toEqual(rows.map(({ startAt }) => startAt).toSorted((a, b) => (order === "oldest first" ? a - b : b - a)))
  })

  test("keeps to its filters and its range", async () => {
    const [first] = ends
    if (first === undefined) throw new Error("an empty history")
    const only = { key: [first.data.keyId], endpoint: ["/v1/embeddings"] }
    const mine = ends.filter((event) => event.data.keyId === first.data.keyId && event.data.request?.endpoint === "/v1/embeddings")
    expect((await page({ only, bucket: "hour" })).rows.reduce((sum, { requests }) => sum + requests, 0)).toBe(mine.length)
    const second = ends.filter(({ data }) => data.at >= 24 * HOUR_MS && data.at < 48 * HOUR_MS)
    expect((await page({ from: 24 * HOUR_MS, until: 48 * HOUR_MS })).rows[0]?.requests).toBe(second.length)
    expect((await page({ only: { namespace: [] } })).rows).toEqual([])
  })

  test("counts every request once by its outcome, and its times where they were measured", async () => {
    const [total] = (await page({})).rows
    const of = (...reasons: readonly string[]) => ends.filter(({ data }) => reasons.includes(data.reason)).length
    expect(total).toMatchObject({ requests: ends.length, succeeded: of("completed"), cancelled: of("cancelled"), failed: ends.length - of("completed", "cancelled") })
    const latencies = ends.flatMap(({ data }) => data.request?.latencyMs ?? [])
    const durations = ends.flatMap(({ data }) => data.request?.durationMs ?? [])
    expect(total?.latency.count).toBe(latencies.length)
    expect(total?.duration).toMatchObject({ count: durations.length, averageMs: Math.round(durations.reduce((a, b) => a + b, 0) / durations.length) })
    expect(total?.duration.p95Ms).toBeGreaterThanOrEqual(total?.duration.p50Ms ?? Infinity)
  })
})
