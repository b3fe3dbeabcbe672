import { randomUUID } from "node:crypto"
import { Effect } from "effect"
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest"
import type { LimitedCost, RateLimitShape } from "#gateways/ports/rate-limit.ts"
import { run } from "./contract-events.ts"

export interface OpenedRateLimit {
  readonly one: RateLimitShape
  /** The same counts as another process has them. */
  readonly other: RateLimitShape
  readonly close: () => Promise<void>
}

const HOUR_MS = 3_600_000

/** One of its own: `burst` at once, and practically nothing after that while a test runs. */
export const burstOf = (burst: number, cost = 1): LimitedCost => ({ key: `key-${randomUUID()}`, limit: 1, periodMs: HOUR_MS, burst, cost })

/** The rules of RateLimit, for every adapter. */
export const rateLimitContract = (adapter: string, open: () => Promise<OpenedRateLimit>): void => {
  describe(`rate limits on ${adapter}`, () => {
    let opened: OpenedRateLimit
    beforeAll(async () => {
      opened = await open()
    })
    afterAll(() => opened.close())
    const ask = (limiter: "one" | "other", ...limits: readonly LimitedCost[]) => run(opened[limiter].check(limits))

    it("are one count for all processes, with exact numbers for the client", async () => {
      const limit = burstOf(3)
      const first = await ask("one", limit)
      expect(first).toMatchObject({ allowed: true, counted: "shared", verdicts: [{ allowed: true, remaining: 2, retryAfterMs: 0 }] })
      expect((await ask("other", { ...limit, cost: 2 })).verdicts[0]?.remaining).toBe(0)
      const refused = await ask("one", limit)
      expect(refused).toMatchObject({ allowed: false, verdicts: [{ allowed: false, remaining: 0 }] })
      expect(refused.verdicts[0]?.retryAfterMs).toBeGreaterThan(HOUR_MS - 60_000)
      expect(refused.verdicts[0]?.retryAfterMs).toBeLessThanOrEqual(HOUR_MS)
      expect(refused.verdicts[0]?.resetMs).toBeLessThanOrEqual(3 * HOUR_MS)
    })

    it("let exactly the burst through when many ask at once", async () => {
      const limit = burstOf(17)
      const asks = Array.from({ length: 200 }, (_, n) => (n % 2 === 0 ? opened.one : opened.other).check([limit]))
      const decisions = await run(Effect.all(asks, { concurrency: "unbounded" }))
      expect(decisions.filter(({ allowed }) => allowed)).toHaveLength(17)
    })

    it("charge all limits of a request or none", async () => {
      const [wide, narrow] = [burstOf(5), burstOf(1)]
      expect((await ask("one", wide, narrow)).allowed).toBe(true)
      const refused = await ask("one", wide, narrow)
      expect(refused.allowed).toBe(false)
      expect(refused.verdicts.map(({ allowed, remaining }) => [allowed, remaining])).toEqual([[true, 4], [false, 0]])
      expect((await ask("one", { ...wide, cost: 4 })).allowed).toBe(true)
    })

    it("only look when the cost is nothing, and never allow more than the burst", async () => {
      const limit = burstOf(2)
      for (let n = 0; n < 3; n++) expect((await ask("one", { ...limit, cost: 0 })).verdicts[0]?.remaining).toBe(2)
      expect((await ask("one", { ...limit, cost: 3 })).verdicts[0]).toMatchObject({ allowed: false, remaining: 2, retryAfterMs: Infinity })
      expect((await ask("one", limit)).allowed).toBe(true)
    })

    it("take more or give back once it is known what a request cost, never more than a burst and never less than nothing", async () => {
      const limit = burstOf(10)
      const remaining = async () => (await ask("one", { ...limit, cost: 0 })).verdicts[0]?.remaining
      const correct = (cost: number) => run(opened.other.correct({ ...limit, cost }))
      await ask("one", { ...limit, cost: 8 })
      await correct(-5)
      expect(await remaining()).toBe(7)
      await correct(3)
      expect(await remaining()).toBe(4)
      await correct(-99)
      expect(await remaining()).toBe(10)
      await correct(99)
      expect(await remaining()).toBe(0)
      await correct(-1)
      expect(await remaining()).toBe(1)
    })

    it("allow the refused again once the time they were told is over", async () => {
      const limit = { ...burstOf(1), limit: 1, periodMs: 300 }
      await ask("one", limit)
      const startedAt = performance.now()
      const { retryAfterMs = 0 } = (await ask("one", limit)).verdicts[0] ?? {}
      const allowed = async (): Promise<void> => expect((await ask("one", limit)).allowed).toBe(true)
      await vi.waitFor(allowed, { timeout: 5_000, interval: 5 })
      const waitedMs = performance.now() - startedAt
      expect(waitedMs).toBeGreaterThan(retryAfterMs - 20)
      expect(waitedMs).toBeLessThan(retryAfterMs + 1_000)
    })

    it("have nothing against a request without limits", async () => {
      expect(await ask("one")).toEqual({ allowed: true, verdicts: [], counted: "shared" })
    })
  })
}
