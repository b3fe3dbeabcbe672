import { Effect } from "effect"
import type { FastifyReply } from "fastify"
import type { Caller } from "../http/authenticate.ts"
import { ApiError } from "../http/api-error.ts"
import type { RateLimitShape } from "../ports/rate-limit.ts"

export interface RequestLimit {
  readonly rateLimit: RateLimitShape
  /** Of one key, in all gateways together; 0: no limit. */
  readonly perSecond: number
}

const PERIOD_MS = 1_000
/** After a pause a key may ask twice a second's worth at once (shared decisions, "Keys"). */
const BURST = 2
const MS_PER_S = 1_000

/** Takes one request from the key's limit and tells the client what is left, as OpenAI does; throws the 429. */
export const limitRequests = ({ rateLimit, perSecond }: RequestLimit) => {
  const limit = { limit: perSecond, periodMs: PERIOD_MS, burst: perSecond * BURST, cost: 1 }
  return async ({ keyId }: Caller, reply: FastifyReply): Promise<void> => {
    if (perSecond === 0) return
    const { verdicts } = await Effect.runPromise(rateLimit.check([{ ...limit, key: `key:${keyId}` }]))
    const [verdict] = verdicts
    if (verdict === undefined) throw new Error("a limit was asked for and no verdict came")
    const headers = {
      "x-ratelimit-limit-requests": String(perSecond),
      "x-ratelimit-remaining-requests": String(verdict.remaining),
      "x-ratelimit-reset-requests": duration(verdict.resetMs),
    }
    if (verdict.allowed) return void reply.headers(headers)
    throw new ApiError({
      status: 429, type: "rate_limit_error", code: "rate_limit_exceeded",
      message: `This key may ask ${perSecond} times a second. Please try again in ${duration(verdict.retryAfterMs)}.`,
      headers: { ...headers, "retry-after": String(Math.ceil(verdict.retryAfterMs / MS_PER_S)) },
    })
  }
}

/** As OpenAI writes it: `20ms`, `1.5s`. */
const duration = (ms: number): string => (ms < MS_PER_S ? `${ms}ms` : `${ms / MS_PER_S}s`)
