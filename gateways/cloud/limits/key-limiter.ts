import { Effect } from "effect"
import type { FastifyReply } from "fastify"
import { NO_LIMITS } from "#domain/api-key/index.ts"
import type { CountersShape } from "#commands/ports/counters.ts"
import { ApiError } from "../../http/api-error.ts"
import type { Caller } from "../../http/authenticate.ts"
import type { PlacesShape } from "../../ports/places.ts"
import type { RateLimitShape } from "../../ports/rate-limit.ts"
import type { AnswerWriter } from "../conversation/answer-writer.ts"
import { refuseModel } from "./key-rules.ts"
import { limitHeaders, retryHeaders } from "./limit-headers.ts"

export interface KeyLimiterDeps {
  readonly rateLimit: RateLimitShape
  readonly places: PlacesShape
  readonly counters: CountersShape
}

export interface JobTokens {
  readonly paidPromptTokens: number
  /** Null: the client named no limit. */
  readonly maxOutputTokens: number | null
}

/** One request within its key's limits. */
export interface Admitted {
  /**
   * Takes prompt and output from the tokens of a minute, before the network is asked for anything; throws the 429. Whoever names no
   * limit for the output reserves `UNNAMED_OUTPUT_TOKENS`, or all that the limit lets through at once when that is less.
   */
  readonly takeTokens: (jobs: readonly JobTokens[]) => Promise<void>
  /** What it came to, once: the difference is taken or given back. Without it what was taken stays taken. */
  readonly used: (tokens: number) => void
}

/** Admits a request that has been read: throws the 403 for its model, the 429 when too many are under way. Its place is free when its reply is over. */
export type Admit = (caller: Caller, models: readonly string[], reply: FastifyReply) => Promise<Admitted>

export const UNNAMED_OUTPUT_TOKENS = 256
const MINUTE_MS = 60_000
/** Nobody knows when another request ends. */
const PLACE_RETRY_S = "1"

export const keyLimiter = ({ rateLimit, places, counters }: KeyLimiterDeps): Admit => {
  return async (caller, models, reply) => {
    for (const model of models) refuseModel(caller, model)
    const { limits, rootKeyId } = caller.access
    const { concurrentRequests, tokensPerMinute } = limits ?? NO_LIMITS
    if (concurrentRequests !== null) await enter(places, { key: `key:${rootKeyId}`, limit: concurrentRequests, reply })
    if (tokensPerMinute === null) return UNLIMITED
    return tokens({ rateLimit, counters, perMinute: tokensPerMinute, key: `key:${rootKeyId}:tokens`, reply })
  }
}

/** The writer of an answer that tells what it came to; one that ends otherwise keeps what was taken. */
export const withinLimits = (writer: AnswerWriter, admitted: Admitted): AnswerWriter => ({
  ...writer,
  end: (usage) => {
    admitted.used(usage.promptTokens + usage.completionTokens)
    writer.end(usage)
  },
})

const UNLIMITED: Admitted = { takeTokens: async () => {}, used: () => {} }

const enter = async (places: PlacesShape, { key, limit, reply }: { readonly key: string; readonly limit: number; readonly reply: FastifyReply }) => {
  const place = await places.enter(key, limit)
  if (place === null) {
    throw new ApiError({
      status: 429, type: "rate_limit_error", code: "rate_limit_exceeded", headers: { "retry-after": PLACE_RETRY_S },
      message: `This key may have ${limit} requests under way at the same time. Please try again when one has ended.`,
    })
  }
  if (reply.raw.destroyed || reply.raw.writableFinished) place.leave()
  else reply.raw.once("close", place.leave)
}

interface TokenLimit {
  readonly rateLimit: RateLimitShape
  readonly counters: CountersShape
  readonly perMinute: number
  readonly key: string
  readonly reply: FastifyReply
}

const tokens = ({ rateLimit, counters, perMinute, key, reply }: TokenLimit): Admitted => {
  const rate = { key, limit: perMinute, periodMs: MINUTE_MS, burst: perMinute }
  let taken = 0
  return {
    takeTokens: async (jobs) => {
      const cost = reserved(jobs, perMinute)
      const { allowed, verdicts } = await Effect.runPromise(rateLimit.check([{ ...rate, cost }]))
      const [verdict] = verdicts
      if (verdict === undefined) throw new Error("a limit was asked for and no verdict came")
      const headers = limitHeaders("tokens", perMinute, verdict)
      if (!allowed) throw tooManyTokens({ cost, perMinute, headers: { ...headers, ...retryHeaders(verdict) } })
      reply.headers(headers)
      taken = cost
    },
    used: (actual) => {
      if (actual === taken) return
      counters.increment("key_tokens_corrected_total")
      const cost = actual - taken
      taken = actual
      void Effect.runPromise(rateLimit.correct({ ...rate, cost }))
    },
  }
}

const reserved = (jobs: readonly JobTokens[], perMinute: number): number => {
  const named = jobs.reduce((sum, job) => sum + job.paidPromptTokens + (job.maxOutputTokens ?? 0), 0)
  const unnamed = jobs.filter(({ maxOutputTokens }) => maxOutputTokens === null).length * UNNAMED_OUTPUT_TOKENS
  return Math.max(named, Math.min(named + unnamed, perMinute))
}

const tooManyTokens = ({ cost, perMinute, headers }: { readonly cost: number; readonly perMinute: number; readonly headers: Readonly<Record<string, string>> }) =>
  new ApiError({
    status: 429, type: "tokens", code: "rate_limit_exceeded", headers,
    message: `This request needs ${cost} tokens, prompt and output together; this key may use ${perMinute} a minute.`,
  })
