import { Effect } from "effect"
import { corrected, gcra, verdictOf } from "#domain/policies/gcra.ts"
import type { LimitedCost, RateLimitDecision, RateLimitShape } from "#gateways/ports/rate-limit.ts"

const US_PER_MS = 1_000
/** Keys kept; a stranger who makes up more of them makes others' counts begin anew, oldest first. */
const MAX_KEYS = 100_000

export interface MemoryRateLimit extends RateLimitShape {
  readonly checkNow: (limits: readonly LimitedCost[]) => RateLimitDecision
}

/** Limits of one process. `now` in milliseconds. */
export const memoryRateLimit = (now: () => number): MemoryRateLimit => {
  /** The last one charged is at the end. */
  const workedOff = new Map<string, number>()

  const charge = (key: string, at: number, nowUs: number): void => {
    workedOff.delete(key)
    workedOff.set(key, at)
    for (const [oldest, until] of workedOff) {
      if (until > nowUs && workedOff.size <= MAX_KEYS) break
      workedOff.delete(oldest)
    }
  }

  const checkNow = (limits: readonly LimitedCost[]): RateLimitDecision => {
    const nowUs = Math.floor(now() * US_PER_MS)
    const asked = distinct(limits).map((limit) => ({ ...limit, nowUs, workedOffUs: workedOff.get(limit.key) ?? 0 }))
    const steps = asked.map((one) => gcra(one, one))
    const allowed = steps.every((step) => step.allowed)
    const verdicts = asked.map((one) => verdictOf(one, one, allowed ? "charged" : "free"))
    if (allowed) asked.forEach(({ key }, index) => charge(key, steps[index]?.after ?? 0, nowUs))
    return { allowed, verdicts, counted: "shared" }
  }

  const correct = (limit: LimitedCost): void => {
    const nowUs = Math.floor(now() * US_PER_MS)
    charge(limit.key, corrected(limit, { cost: limit.cost, nowUs, workedOffUs: workedOff.get(limit.key) ?? 0 }), nowUs)
  }

  return {
    checkNow,
    check: (limits) => Effect.map(Effect.yieldNow, () => checkNow(limits)),
    correct: (limit) => Effect.sync(() => correct(limit)),
  }
}

/** A key that came twice would be charged once. */
export const distinct = (limits: readonly LimitedCost[]): readonly LimitedCost[] => {
  if (new Set(limits.map(({ key }) => key)).size !== limits.length) throw new Error("the limits of one request have distinct keys")
  return limits
}
