import { describe, expect, test } from "vitest"
import { balancesProjection } from "#projections/balances/project.ts"
import { accountBalances, ledgerBalances, openHolds } from "#projections/balances/table.ts"
import { leaderboardProjection } from "#projections/leaderboard/project.ts"
import { leaderboard } from "#projections/leaderboard/table.ts"
import { statementProjection } from "#projections/statement/project.ts"
import { statementLines } from "#projections/statement/table.ts"
import type { LogEvent } from "#projections/log-event.ts"
import { BUCKET_MS, usageProjection } from "#projections/usage/project.ts"
import { usage } from "#projections/usage/table.ts"
import { given } from "./given.ts"
import { awarded, granted, held, NAMESPACE, released, settled, share } from "./sample-events.ts"
import { holdAt, jobAt, keyAt } from "./workload-world.ts"


describe("balances", () => {
  test("a grant is available", () => {
    const tables = given(balancesProjection, granted(100n))
    expect(tables.rows(ledgerBalances)).toEqual([{ namespace_id: NAMESPACE, available: 100n, held: 0n, spent: 0n, granted: 100n, transferred: 0n }])
  })

  test("a hold moves credits from available to held and stays open", () => {
    const tables = given(balancesProjection, granted(100n), held)
    expect(tables.rows(ledgerBalances)).toMatchObject([{ available: 90n, held: 10n, spent: 0n }])
    const owner = { namespace_id: NAMESPACE, job_id: jobAt(1), key_id: keyAt(1) }
    expect(tables.rows(openHolds)).toEqual([{ hold_id: holdAt(1), ...owner, amount: 10n, placed_at: 2n, expires_at: 9n }])
  })

  test("a settled hold is spent up to its price, the rest is available again, and it is open no longer", () => {
    const tables = given(balancesProjection, granted(100n), held, settled("completed", [share("alice", 1, 3, 3n)]))
    expect(tables.rows(ledgerBalances)).toMatchObject([{ available: 94n, held: 0n, spent: 6n, granted: 100n }])
    expect(tables.rows(openHolds)).toEqual([])
  })

  test("a released hold costs nothing and is open no longer", () => {
    const tables = given(balancesProjection, granted(100n), held, released("failed"))
    expect(tables.rows(ledgerBalances)).toMatchObject([{ available: 100n, held: 0n, spent: 0n }])
    expect(tables.rows(openHolds)).toEqual([])
  })

  test("every posting is on its account, credits apart from points, and each unit sums to zero", () => {
    const paid = settled("completed", [share("alice", 1, 3, 3n)])
    const rows = given(balancesProjection, granted(100n), held, paid, awarded("alice", 1, 7n)).rows(accountBalances)
    expect(rows).toContainEqual({ account: "operator:alice", unit: "credits", amount: 3n })
    expect(rows).toContainEqual({ account: "rcp:payee:alice", unit: "rcp", amount: 7n })
    for (const unit of ["credits", "rcp"]) {
      const amounts = rows.filter((row) => row["unit"] === unit).map((row) => BigInt(String(row["amount"])))
      expect(amounts.length).toBeGreaterThan(1)
      expect(amounts.reduce((a, b) => a + b, 0n)).toBe(0n)
    }
  })
})

describe("statement", () => {
  test("each line carries the change of what is available and the balance after it", () => {
    const lines = given(statementProjection, granted(100n), held, settled("completed", []), held, released("failed")).rows(statementLines)
    expect(lines.map(({ kind, amount, balance }) => [kind, amount, balance])).toEqual([
      ["grant", 100n, 100n],
      ["hold", -10n, 90n],
      ["settle", 4n, 94n],
      ["hold", -10n, 84n],
      ["release", 10n, 94n],
    ])
  })

  test("a settled line explains its price by model and tokens", () => {
    const lines = given(statementProjection, held, settled("cancelled", [])).rows(statementLines)
    const why = { job_id: jobAt(1), model: "tiny", prompt_tokens: 3n, completion_tokens: 3n, price: 6n, reason: "cancelled" }
    expect(lines[1]).toMatchObject(why)
  })
})

describe("usage", () => {
  test("requests of the same five minutes add up, those of the next are apart", () => {
    const events = [settled("completed", [], 5), settled("completed", [], BUCKET_MS - 1), settled("completed", [], BUCKET_MS)]
    const rows = given(usageProjection, ...events).rows(usage)
    expect(rows.map(({ bucket_at, requests, cost }) => [bucket_at, requests, cost])).toEqual([
      [0n, 2n, 12n],
      [BigInt(BUCKET_MS), 1n, 6n],
    ])
  })

  test("a request that the network failed counts as failed, delivered or not; one that the client left as cancelled", () => {
    const ends = [settled("failed", []), released("dead_lettered"), released("cancelled"), settled("completed", [])]
    expect(given(usageProjection, ...ends).rows(usage)).toMatchObject([{ requests: 4n, succeeded: 1n, failed: 2n, cancelled: 1n, prompt_tokens: 6n }])
  })

  test("a request that never came is none", () => {
    expect(given(usageProjection, released("never_submitted")).rows(usage)).toEqual([])
  })

  test("endpoint and mode tell requests apart, and their times are counted", () => {
    const request = { endpoint: "/v1/embeddings", mode: "sync", durationMs: 150, latencyMs: 20 }
    const timed = (event: LogEvent): LogEvent => (event.type === "HoldSettled" ? { ...event, data: { ...event.data, request } } : event)
    const rows = given(usageProjection, settled("completed", []), timed(settled("completed", [])), timed(settled("completed", []))).rows(usage)
    expect(rows.toSorted((a, b) => String(b["endpoint"]).localeCompare(String(a["endpoint"])))).toMatchObject([
      { endpoint: "unknown", mode: "unknown", requests: 1n, timed: 0n },
      { endpoint: "/v1/embeddings", mode: "sync", requests: 2n, timed: 2n, duration_ms: 300n, duration_3: 2n, latency_ms: 40n, latency_0: 2n },
    ])
  })
})

describe("leaderboard", () => {
  test("a payee whose two attempts served one job has done one job, with the tokens of both", () => {
    const shares = [share("alice", 1, 2, 1n), share("bob", 2, 5, 1n), share("alice", 3, 4, 1n)]
    const rows = given(leaderboardProjection, settled("completed", shares), awarded("alice", 1, 7n)).rows(leaderboard)
    expect(rows).toEqual([
      { payee: "alice", milli_rcp: 7n, jobs: 1n, tokens: 6n },
      { payee: "bob", milli_rcp: 0n, jobs: 1n, tokens: 5n },
    ])
  })
})
