import fc from "fast-check"
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest"
import { gcra, type Limit } from "#domain/policies/gcra.ts"
import type { RateLimitDecision } from "#gateways/ports/rate-limit.ts"
import { memoryCounters } from "#infra/memory/counters.ts"
import { checkLimits } from "#infra/redis/limit-scripts.ts"
import { redisRateLimit } from "#infra/redis/rate-limit.ts"
import { runScript } from "#infra/redis/script.ts"
import { run } from "#test/support/contract-events.ts"
import { burstOf, rateLimitContract } from "#test/support/contract-rate-limit.ts"
import { engineUrl } from "#test/support/engines.ts"
import { openTestRedis, type TestRedis } from "#test/support/redis.ts"
import { openTcpGate, type TcpGate } from "#test/support/tcp-gate.ts"

rateLimitContract("Redis", async () => {
  const { link, other, prefix, close } = await openTestRedis()
  const options = { prefix, counters: memoryCounters() }
  return { one: redisRateLimit(link, options), other: redisRateLimit(other, options), close }
})

const limits: fc.Arbitrary<Limit & { readonly cost: number; readonly aheadUs: number }> = fc.record({
  limit: fc.oneof(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 10_000_000 })),
  periodMs: fc.constantFrom(1, 7, 1_000, 60_000, 86_400_000),
  burst: fc.oneof(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 1_000_000 })),
  cost: fc.oneof(fc.nat(9), fc.nat(100_000)),
  /** Where the count is before, against the server's clock. */
  aheadUs: fc.oneof(fc.integer({ min: -5_000_000, max: 5_000_000 }), fc.integer({ min: 0, max: 86_400_000_000 })),
})

describe("rate limits on Redis", () => {
  let gate: TcpGate
  let gated: TestRedis
  let redis: TestRedis
  beforeAll(async () => {
    const url = new URL(engineUrl("redis"))
    gate = await openTcpGate({ host: url.hostname, port: Number(url.port) })
    gated = await openTestRedis(`redis://127.0.0.1:${gate.port}`)
    redis = await openTestRedis()
  })
  afterAll(async () => {
    await redis.close()
    await gated.close()
    await gate.close()
  })

  it("compute in Lua what they compute in TypeScript, to the microsecond", async () => {
    const { commands } = redis.link
    await fc.assert(
      fc.asyncProperty(fc.array(limits, { minLength: 1, maxLength: 3 }), async (asked) => {
        const keys = asked.map((_, index) => `${redis.prefix}lua:${index}`)
        const [seconds, micros] = await commands.time()
        const before = asked.map(({ aheadUs }) => Number(seconds) * 1_000_000 + Number(micros) + aheadUs)
        await commands.mset(Object.fromEntries(keys.map((key, index) => [key, String(before[index])])))
        const args = asked.flatMap(({ periodMs, limit, burst, cost }) => [periodMs * 1_000, limit, burst, cost])
        const answer = await runScript(commands, checkLimits, { keys, args })
        const [nowUs = 0, charged, ...told] = (answer as readonly (string | number)[]).map(Number)
        const steps = asked.map((one, index) => gcra(one, { cost: one.cost, nowUs, workedOffUs: before[index] ?? 0 }))
        expect(told).toEqual(steps.map((step) => step.before))
        expect(charged === 1).toBe(steps.every(({ allowed }) => allowed))
        const kept = await commands.mget(keys)
        steps.forEach((step, index) => {
          const changed = charged === 1 && step.after > step.before
          // One that is worked off within the millisecond has expired.
          if (kept[index] !== null) expect(Number(kept[index])).toBe(changed ? step.after : before[index])
        })
      }),
      { numRuns: 500 },
    )
  })

  it("leave nothing on the server once they are worked off", async () => {
    const limit = { ...burstOf(1), limit: 1, periodMs: 50 }
    await run(redisRateLimit(redis.link, { prefix: redis.prefix, counters: memoryCounters() }).check([limit]))
    await vi.waitFor(async () => expect(await redis.link.commands.exists(`${redis.prefix}limit:${limit.key}`)).toBe(0))
  })

  it("begin at nothing after a flush: one burst more, and no error", async () => {
    const limiter = redisRateLimit(redis.link, { prefix: redis.prefix, counters: memoryCounters() })
    const limit = burstOf(2, 2)
    expect((await run(limiter.check([limit]))).allowed).toBe(true)
    await redis.flush()
    await redis.link.commands.script("FLUSH")
    expect((await run(limiter.check([limit]))).allowed).toBe(true)
    expect((await run(limiter.check([limit]))).allowed).toBe(false)
  })

  for (const trouble of ["cut", "stall"] as const) {
    it(`are counted by each process alone while the server is away (${trouble}), soon together again, and the count says so`, async () => {
      const counters = memoryCounters()
      const limiter = redisRateLimit(gated.link, { prefix: gated.prefix, counters })
      const limit = burstOf(2)
      await run(limiter.check([limit]))
      gate[trouble]()
      const startedAt = performance.now()
      const alone: RateLimitDecision[] = []
      for (let n = 0; n < 10; n++) alone.push(await run(limiter.check([limit])))
      // Only the first waited for an answer.
      expect(performance.now() - startedAt).toBeLessThan(700)
      expect(alone.map(({ allowed }) => allowed)).toEqual([true, true, ...Array.from({ length: 8 }, () => false)])
      expect(alone.every(({ counted }) => counted === "alone")).toBe(true)
      expect(counters.snapshot()).toEqual([{ name: "rate_limits_counted_alone_total", reason: null, value: 10 }])
      gate.open()
      await vi.waitFor(async () => expect((await run(limiter.check([{ ...limit, cost: 0 }]))).counted).toBe("shared"), { timeout: 5_000 })
    })
  }
})
