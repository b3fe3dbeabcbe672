import { Effect } from "effect"
import type { CountersShape } from "#commands/ports/counters.ts"
import { verdictOf } from "#domain/policies/gcra.ts"
import type { LimitedCost, RateLimitDecision, RateLimitShape } from "#gateways/ports/rate-limit.ts"
import { distinct, memoryRateLimit } from "../memory/rate-limit.ts"
import type { RedisLink } from "./connect.ts"
import { checkLimits, correctLimit } from "./limit-scripts.ts"
import { runScript } from "./script.ts"
import { within } from "./within.ts"

const US_PER_MS = 1_000
/** A request does not wait longer for its limits: a healthy server answers within 1 ms. */
const ANSWER_TIMEOUT_MS = 100
/** After a server did not answer, requests do not ask it for so long. */
const AWAY_MS = 500

export interface RedisRateLimitOptions {
  /** In front of every key. */
  readonly prefix: string
  readonly counters: CountersShape
}

/** Limits that all processes share, by the server's clock. While it is away each process counts alone. */
export const redisRateLimit = ({ commands }: RedisLink, { prefix, counters }: RedisRateLimitOptions): RateLimitShape => {
  const alone = memoryRateLimit(Date.now)
  let awayUntil = 0

  const ask = async (limits: readonly LimitedCost[]): Promise<RateLimitDecision> => {
    const call = {
      keys: limits.map(({ key }) => `${prefix}limit:${key}`),
      args: limits.flatMap(({ periodMs, limit, burst, cost }) => [periodMs * US_PER_MS, limit, burst, cost]),
    }
    const [nowUs = 0, charged, ...before] = numbers(await within(ANSWER_TIMEOUT_MS, runScript(commands, checkLimits, call)))
    const outcome = charged === 1 ? "charged" : "free"
    const verdicts = limits.map((limit, index) => verdictOf(limit, { ...limit, nowUs, workedOffUs: before[index] ?? 0 }, outcome))
    return { allowed: charged === 1, verdicts, counted: "shared" }
  }

  const countAlone = (limits: readonly LimitedCost[]): RateLimitDecision => {
    counters.increment("rate_limits_counted_alone_total")
    return { ...alone.checkNow(limits), counted: "alone" }
  }

  const check = async (limits: readonly LimitedCost[]): Promise<RateLimitDecision> => {
    if (performance.now() < awayUntil) return countAlone(limits)
    try {
      return await ask(limits)
    } catch {
      awayUntil = performance.now() + AWAY_MS
      return countAlone(limits)
    }
  }

  const correct = async ({ key, periodMs, limit, burst, cost }: LimitedCost): Promise<void> => {
    const call = { keys: [`${prefix}limit:${key}`], args: [periodMs * US_PER_MS, limit, burst, cost] }
    await runScript(commands, correctLimit, call).catch(() => counters.increment("rate_limits_not_corrected_total"))
  }

  return {
    check: (limits) => Effect.suspend(() => (distinct(limits).length === 0 ? none : Effect.promise(() => check(limits)))),
    correct: (limit) => Effect.promise(() => correct(limit)),
  }
}

const none: Effect.Effect<RateLimitDecision> = Effect.succeed({ allowed: true, verdicts: [], counted: "shared" })

const numbers = (answer: unknown): readonly number[] => {
  if (!Array.isArray(answer)) throw new Error("not an answer to a check of limits")
  return answer.map(Number)
}
