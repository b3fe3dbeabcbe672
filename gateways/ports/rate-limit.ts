import { Context, type Effect } from "effect"
import type { Limit, LimitVerdict } from "#domain/policies/gcra.ts"

/** One limit that a request falls under, and what it costs there. */
export interface LimitedCost extends Limit {
  /** Whose limit it is; distinct within one call. */
  readonly key: string
  /** Whole units, 0 to only look. */
  readonly cost: number
}

export interface RateLimitDecision {
  /** All limits allow it, and all were charged; else none was. */
  readonly allowed: boolean
  /** In the order asked. */
  readonly verdicts: readonly LimitVerdict[]
  /** Who counted: all processes together, or this one alone because the shared counts cannot be reached. */
  readonly counted: "shared" | "alone"
}

export interface RateLimitShape {
  /**
   * Takes the cost of one request from all of its limits at once, or from none. Never fails: a request is worth more than a count.
   * While the shared counts are away each process keeps the same limits by itself, so that together they let through at most
   * as many times the limit as there are processes; counts that were lost begin at nothing, which is one burst more.
   */
  readonly check: (limits: readonly LimitedCost[]) => Effect.Effect<RateLimitDecision>
  /** Once it is known what a request cost: takes the rest without asking or, below zero, gives it back. Lost when the counts are away. */
  readonly correct: (limit: LimitedCost) => Effect.Effect<void>
}

/** Requests and tokens per key and network. Hot state. */
export class RateLimit extends Context.Service<RateLimit, RateLimitShape>()("gateways/RateLimit") {}
