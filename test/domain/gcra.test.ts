import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { gcra, type Limit, verdictOf } from "#domain/policies/gcra.ts"

const START_US = 1_790_000_000_000_000

/** Small enough that requests collide, with rates that are no whole number of microseconds. */
const limits: fc.Arbitrary<Limit> = fc.record({
  limit: fc.constantFrom(1, 2, 3, 7, 60, 1_000),
  periodMs: fc.constantFrom(1, 10, 1_000, 60_000),
  burst: fc.integer({ min: 1, max: 8 }),
})
const requests = fc.array(fc.record({ afterUs: fc.constantFrom(0, 1, 333, 1_000, 142_857, 5_000_000), cost: fc.nat(4) }), { maxLength: 40 })

interface Passed {
  readonly nowUs: number
  readonly cost: number
}

/** Those of a series that pass. */
const passed = (limit: Limit, series: readonly { readonly afterUs: number; readonly cost: number }[]): readonly Passed[] => {
  let nowUs = START_US
  let workedOffUs = 0
  const through: Passed[] = []
  for (const { afterUs, cost } of series) {
    nowUs += afterUs
    const { allowed, after } = gcra(limit, { cost, nowUs, workedOffUs })
    if (!allowed) continue
    workedOffUs = after
    through.push({ nowUs, cost })
  }
  return through
}

describe("a rate limit", () => {
  const perMinute: Limit = { limit: 60, periodMs: 60_000, burst: 3 }

  it("lets a burst through at once, then one per interval, and says when", () => {
    let workedOffUs = 0
    const ask = (nowUs: number, cost = 1) => {
      const asked = { cost, nowUs, workedOffUs }
      const { allowed, after } = gcra(perMinute, asked)
      if (allowed) workedOffUs = after
      return verdictOf(perMinute, asked, allowed ? "charged" : "free")
    }
    expect(ask(START_US)).toEqual({ allowed: true, remaining: 2, retryAfterMs: 0, resetMs: 1_000 })
    expect(ask(START_US, 2)).toEqual({ allowed: true, remaining: 0, retryAfterMs: 0, resetMs: 3_000 })
    expect(ask(START_US + 400_000)).toEqual({ allowed: false, remaining: 0, retryAfterMs: 600, resetMs: 2_600 })
    expect(ask(START_US + 999_999).allowed).toBe(false)
    expect(ask(START_US + 1_000_000)).toEqual({ allowed: true, remaining: 0, retryAfterMs: 0, resetMs: 3_000 })
    expect(ask(START_US + 1_000_000, 4)).toEqual({ allowed: false, remaining: 0, retryAfterMs: Infinity, resetMs: 3_000 })
    expect(ask(START_US + 9_000_000, 0)).toEqual({ allowed: true, remaining: 3, retryAfterMs: 0, resetMs: 0 })
  })

  it("lets no more through in any time than its burst and what the rate gives, to the microsecond per request", () => {
    fc.assert(
      fc.property(limits, requests, (limit, series) => {
        const through = passed(limit, series)
        through.forEach((first, from) =>
          through.slice(from).forEach((last, more, rest) => {
            const cost = rest.slice(0, more + 1).reduce((sum, one) => sum + one.cost, 0)
            const forgivenUs = more + 2
            const rate = limit.limit / (limit.periodMs * 1_000)
            expect(cost).toBeLessThanOrEqual(limit.burst + (last.nowUs - first.nowUs + forgivenUs) * rate + 1e-9)
          }),
        )
      }),
    )
  })

  it("always lets a whole burst through after its reset, in any parts", () => {
    fc.assert(
      fc.property(limits, requests, (limit, series) => {
        const before = passed(limit, series)
        const quietUs = Math.ceil((limit.burst * limit.periodMs * 1_000) / limit.limit) + 1
        const burst = Array.from({ length: limit.burst }, (_, n) => ({ afterUs: n === 0 ? quietUs : 0, cost: 1 }))
        expect(passed(limit, [...series, ...burst])).toHaveLength(before.length + limit.burst)
      }),
    )
  })

  it("says truly how much may still come and when the refused may come again", () => {
    fc.assert(
      fc.property(limits, fc.integer({ min: -10_000_000, max: 10_000_000 }), fc.nat(9), (limit, ahead, cost) => {
        const asked = { cost, nowUs: START_US, workedOffUs: START_US + ahead }
        const { allowed, remaining, retryAfterMs } = verdictOf(limit, asked, "free")
        const allows = (units: number, nowUs = START_US) => gcra(limit, { ...asked, cost: units, nowUs }).allowed
        expect(allows(remaining)).toBe(true)
        if (remaining < limit.burst) expect(allows(remaining + 1)).toBe(false)
        expect(allowed).toBe(retryAfterMs === 0)
        if (Number.isFinite(retryAfterMs) && retryAfterMs > 0) {
          // From where a clock that was not set back leaves it.
          const { before } = gcra(limit, asked)
          const later = (ms: number) => gcra(limit, { cost, nowUs: START_US + ms * 1_000, workedOffUs: before }).allowed
          expect([later(retryAfterMs), later(retryAfterMs - 1)]).toEqual([true, false])
        }
      }),
    )
  })
})
