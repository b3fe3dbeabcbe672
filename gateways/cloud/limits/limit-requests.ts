import { Effect } from "effect"
import type { FastifyReply } from "fastify"
import type { LimitVerdict } from "#domain/policies/gcra.ts"
import { ApiError } from "../../http/api-error.ts"
import type { Caller } from "../../http/authenticate.ts"
import type { LimitedCost, RateLimitShape } from "../../ports/rate-limit.ts"
import { duration, limitHeaders, retryHeaders } from "./limit-headers.ts"

export interface RequestLimit {
  readonly rateLimit: RateLimitShape
  /** For keys without limits of their own, in all gateways together; 0: no limit. */
  readonly perSecond: number
}

const SECOND_MS = 1_000
const MINUTE_MS = 60_000
/** After a pause a key may ask twice a second's worth at once (shared decisions, "Keys"). */
const BURST_SECONDS = 2

type Period = "second" | "minute"

interface Named extends LimitedCost {
  readonly period: Period
}

/** Takes one request from the key's limits and tells the client what is left, as OpenAI does; throws the 429. */
export const limitRequests = ({ rateLimit, perSecond }: RequestLimit) => {
  return async ({ access: { limits, rootKeyId } }: Caller, reply: FastifyReply): Promise<void> => {
    const asked = [
      ...limitOf("second", limits === null ? perSecond || null : limits.requestsPerSecond, rootKeyId),
      ...limitOf("minute", limits?.requestsPerMinute ?? null, rootKeyId),
    ]
    if (asked.length === 0) return
    const { allowed, verdicts } = await Effect.runPromise(rateLimit.check(asked))
    const { limit, period, verdict } = tightest(asked, verdicts)
    const headers = limitHeaders("requests", limit, verdict)
    if (allowed) return void reply.headers(headers)
    throw new ApiError({
      status: 429, type: "rate_limit_error", code: "rate_limit_exceeded",
      message: `This key may ask ${limit} times a ${period}. Please try again in ${duration(verdict.retryAfterMs)}.`,
      headers: { ...headers, ...retryHeaders(verdict) },
    })
  }
}

const limitOf = (period: Period, limit: number | null, rootKeyId: string): readonly Named[] => {
  if (limit === null) return []
  const rate = period === "second" ? { periodMs: SECOND_MS, burst: limit * BURST_SECONDS } : { periodMs: MINUTE_MS, burst: limit }
  return [{ ...rate, period, limit, cost: 1, key: `key:${rootKeyId}:${period}` }]
}

/** The limit that stops the client first: what refused it for longest, else what has least left. */
const tightest = (asked: readonly Named[], verdicts: readonly LimitVerdict[]) => {
  const told = asked.flatMap((limit, index) => {
    const verdict = verdicts[index]
    return verdict === undefined ? [] : [{ ...limit, verdict }]
  })
  const [first] = told.toSorted((a, b) => b.verdict.retryAfterMs - a.verdict.retryAfterMs || a.verdict.remaining - b.verdict.remaining)
  if (first === undefined) throw new Error("a limit was asked for and no verdict came")
  return first
}
