import { Schema } from "effect"
import { FinishReason } from "#domain/job/index.ts"
import { priceOf, type Quote } from "#domain/policies/pricing.ts"

const count = Schema.Int

export const Usage = Schema.Struct({
  prompt_tokens: count,
  completion_tokens: count,
  total_tokens: count,
  /** What the request costs, in micro-credits; a decimal string, as it may pass 2^53. */
  cost_micro_credits: Schema.String,
}).annotate({ identifier: "Usage" })
export type Usage = typeof Usage.Type

export const ChatCompletion = Schema.Struct({
  id: Schema.String,
  object: Schema.Literal("chat.completion"),
  created: count,
  model: Schema.String,
  choices: Schema.mutable(
    Schema.Array(
      Schema.Struct({
        index: count,
        message: Schema.Struct({ role: Schema.Literal("assistant"), content: Schema.String, refusal: Schema.Null }),
        logprobs: Schema.Null,
        finish_reason: FinishReason,
      }),
    ),
  ),
  usage: Usage,
}).annotate({ identifier: "ChatCompletion" })
export type ChatCompletion = typeof ChatCompletion.Type

/** What every chunk and the whole answer say about themselves. */
export interface AnswerHead {
  readonly id: string
  /** Seconds since 1970. */
  readonly created: number
  readonly model: string
}

export const wholeAnswer = (
  head: AnswerHead,
  { text, finishReason, usage }: { readonly text: string; readonly finishReason: FinishReason; readonly usage: Usage },
): ChatCompletion => ({
  id: head.id,
  object: "chat.completion",
  created: head.created,
  model: head.model,
  choices: [
    { index: 0, message: { role: "assistant", content: text, refusal: null }, logprobs: null, finish_reason: finishReason },
  ],
  usage,
})

/** Usage and price of what was delivered; never more than the hold. */
export const usageOf = (quote: Quote, delivered: number): Usage => {
  const completionTokens = Math.min(delivered, quote.maxOutputTokens)
  return {
    prompt_tokens: quote.promptTokens,
    completion_tokens: completionTokens,
    total_tokens: quote.promptTokens + completionTokens,
    cost_micro_credits: String(priceOf(quote, completionTokens)),
  }
}
