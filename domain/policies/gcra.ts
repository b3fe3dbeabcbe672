const US_PER_MS = 1_000

/** What may pass: `limit` units per period on average, `burst` of them at once after a pause. All at least 1. */
export interface Limit {
  readonly limit: number
  readonly periodMs: number
  readonly burst: number
}

export interface LimitVerdict {
  readonly allowed: boolean
  /** The most that one more request may cost now. */
  readonly remaining: number
  /** Until this cost is allowed if nothing else comes: 0 when it is allowed, `Infinity` when it is more than the burst. */
  readonly retryAfterMs: number
  /** Until the whole burst is free again. */
  readonly resetMs: number
}

/** What a request costs, and what is known about those before it. Times in microseconds since 1970, as Redis tells them. */
export interface Asked {
  readonly cost: number
  readonly nowUs: number
  /** When everything that passed would be worked off; anything in the past is the same as `nowUs`. */
  readonly workedOffUs: number
}

/**
 * The generic cell rate algorithm (ITU-T I.371, appendix A) as a virtual schedule: work is done at the limit's rate, and a request
 * passes when what waits with it is no more than the burst. One number per limit is all that is kept. Whole microseconds, rounded in
 * favour of the client: at most 1 µs of work is forgiven per request. `infra/redis/limit-scripts.ts` has the same steps in Lua.
 */
export const gcra = ({ limit, periodMs, burst }: Limit, { cost, nowUs, workedOffUs }: Asked) => {
  const periodUs = periodMs * US_PER_MS
  const capacityUs = Math.ceil((burst * periodUs) / limit)
  const costUs = Math.floor((cost * periodUs) / limit)
  // Never more than a full burst waits: a clock that was set back, or a limit made smaller, blocks nobody for longer.
  const before = Math.min(Math.max(workedOffUs, nowUs), nowUs + capacityUs)
  const after = before + costUs
  return { before, after, costUs, capacityUs, allowed: after - nowUs <= capacityUs }
}

/** What waits after a cost was taken without asking or, below zero, given back: never less than nothing or more than a full burst. */
export const corrected = (limit: Limit, asked: Asked): number => {
  const { after, capacityUs } = gcra(limit, asked)
  return Math.min(Math.max(after, asked.nowUs), asked.nowUs + capacityUs)
}

/** What the client is told; `outcome` says whether its cost was taken. */
export const verdictOf = (limit: Limit, asked: Asked, outcome: "charged" | "free"): LimitVerdict => {
  const { before, after, costUs, capacityUs, allowed } = gcra(limit, asked)
  const waitingUs = (outcome === "charged" ? after : before) - asked.nowUs
  // The greatest cost whose floor still fits.
  const fits = Math.ceil(((capacityUs - waitingUs + 1) * limit.limit) / (limit.periodMs * US_PER_MS)) - 1
  const retryAfterMs = Math.max(0, Math.ceil((after - asked.nowUs - capacityUs) / US_PER_MS))
  return {
    allowed,
    remaining: Math.min(Math.max(fits, 0), limit.burst),
    retryAfterMs: costUs > capacityUs ? Number.POSITIVE_INFINITY : retryAfterMs,
    resetMs: Math.ceil(waitingUs / US_PER_MS),
  }
}
