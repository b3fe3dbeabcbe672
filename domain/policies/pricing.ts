import { Schema } from "effect"
import { ceilDiv, MicroCredits } from "../kernel/money.ts"

const TOKENS_PER_RATE = 1_000_000n
const WHOLE_PERCENT = 100n

/** A price frozen at hold time: the rates of one published price list applied to one request. */
export const Quote = Schema.Struct({
  /** Rule hash of the published policy that gave the rates. */
  policyHash: Schema.String,
  model: Schema.String,
  promptTokens: Schema.Int.check(Schema.isGreaterThanOrEqualTo(0)),
  /** The most output the hold pays for; the node is told the same number. */
  maxOutputTokens: Schema.Int.check(Schema.isGreaterThanOrEqualTo(1)),
  /** Micro-credits per million prompt tokens. */
  inputRate: MicroCredits,
  /** Micro-credits per million output tokens. */
  outputRate: MicroCredits,
  /** Share of the settled price that goes to the serving nodes' owners, in percent. */
  operatorSharePercent: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 100 })),
  /** What is paid of those rates for this kind of work, in percent: 50 for the lines of a batch. Left out: all. */
  pricePercent: Schema.optionalKey(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 100 }))),
})
export type Quote = typeof Quote.Type

/** Of the rates, in percent. */
const percentOf = ({ pricePercent = 100 }: Quote): bigint => BigInt(pricePercent)

/**
 * Price of `completionTokens` under a quote, in micro-credits: `ceil((prompt × in + completion × out) × percent / (100 × 10^6))`
 * (shared decisions, "Money"): rounded up once, at the end. Prompt tokens are the network's own count, frozen in the quote.
 */
export const priceOf = (quote: Quote, completionTokens: number): bigint => {
  const full = BigInt(quote.promptTokens) * quote.inputRate + BigInt(completionTokens) * quote.outputRate
  return ceilDiv(full * percentOf(quote), WHOLE_PERCENT * TOKENS_PER_RATE)
}

/** The hold: the price if all of `maxOutputTokens` is produced, in micro-credits. */
export const holdFor = (quote: Quote): bigint => priceOf(quote, quote.maxOutputTokens)

/** The most output tokens that `credits` (micro-credits) pay for under this quote; negative when not even the prompt fits. */
export const affordableOutput = (quote: Quote, credits: bigint): number => {
  const left = credits * TOKENS_PER_RATE * WHOLE_PERCENT - BigInt(quote.promptTokens) * quote.inputRate * percentOf(quote)
  if (left < 0n) return -1
  if (quote.outputRate === 0n) return quote.maxOutputTokens
  const tokens = left / (quote.outputRate * percentOf(quote))
  return tokens > BigInt(quote.maxOutputTokens) ? quote.maxOutputTokens : Number(tokens)
}
