import { Schema } from "effect"
import { MICRO_PER_CREDIT } from "#domain/kernel/money.ts"
import { priceOf, type Quote } from "#domain/policies/pricing.ts"

/** What a job, or all jobs of a request, took and cost. */
export interface JobUsage {
  readonly promptTokens: number
  readonly completionTokens: number
  /** Micro-credits. */
  readonly cost: bigint
}

export const NO_USAGE: JobUsage = { promptTokens: 0, completionTokens: 0, cost: 0n }

/** Usage and price of what was delivered; never more than the hold. */
export const usageOf = (quote: Quote, delivered: number): JobUsage => {
  const completionTokens = Math.min(delivered, quote.maxOutputTokens)
  return { promptTokens: quote.promptTokens, completionTokens, cost: priceOf(quote, completionTokens) }
}

export const addUsage = (one: JobUsage, other: JobUsage): JobUsage => ({
  promptTokens: one.promptTokens + other.promptTokens,
  completionTokens: one.completionTokens + other.completionTokens,
  cost: one.cost + other.cost,
})

const costFields = {
  /** What the request costs, in credits; a decimal string, exact. */
  cost: Schema.String,
  /** The same in micro-credits; a string, as it may pass 2^53. */
  cost_micro_credits: Schema.String,
}

export const Usage = Schema.Struct({
  prompt_tokens: Schema.Int,
  completion_tokens: Schema.Int,
  total_tokens: Schema.Int,
  prompt_tokens_details: Schema.Struct({ cached_tokens: Schema.Int, audio_tokens: Schema.Int }),
  completion_tokens_details: Schema.Struct({
    reasoning_tokens: Schema.Int,
    audio_tokens: Schema.Int,
    accepted_prediction_tokens: Schema.Int,
    rejected_prediction_tokens: Schema.Int,
  }),
  ...costFields,
}).annotate({ identifier: "Usage" })
export type Usage = typeof Usage.Type

export const EmbeddingUsage = Schema.Struct({ prompt_tokens: Schema.Int, total_tokens: Schema.Int, ...costFields }).annotate({
  identifier: "EmbeddingUsage",
})
export type EmbeddingUsage = typeof EmbeddingUsage.Type

/** Details that we do not tell apart are none. */
export const toUsage = ({ promptTokens, completionTokens, cost }: JobUsage): Usage => ({
  prompt_tokens: promptTokens,
  completion_tokens: completionTokens,
  total_tokens: promptTokens + completionTokens,
  prompt_tokens_details: { cached_tokens: 0, audio_tokens: 0 },
  completion_tokens_details: { reasoning_tokens: 0, audio_tokens: 0, accepted_prediction_tokens: 0, rejected_prediction_tokens: 0 },
  ...costOf(cost),
})

export const toEmbeddingUsage = ({ promptTokens, cost }: JobUsage): EmbeddingUsage => ({
  prompt_tokens: promptTokens,
  total_tokens: promptTokens,
  ...costOf(cost),
})

const costOf = (cost: bigint) => ({ cost: inCredits(cost), cost_micro_credits: String(cost) })

const DECIMALS = String(MICRO_PER_CREDIT).length - 1

/** `0.000009`: exact, and in no other notation. */
export const inCredits = (microCredits: bigint): string => {
  const digits = String(microCredits).padStart(DECIMALS + 1, "0")
  return `${digits.slice(0, -DECIMALS)}.${digits.slice(-DECIMALS)}`
}
