import { Effect } from "effect"
import type { JobMode } from "#domain/job/index.ts"
import { percentFor, rateFor } from "#domain/network-config/index.ts"
import type { Quote } from "#domain/policies/pricing.ts"
import { currentPolicy } from "../network-config/publish-policy.ts"
import { NetworkSettings } from "../ports/network-settings.ts"

/** The price frozen for one job: today's rates, and as much output as was asked for and fits into the model's context. */
export const quoteChat = Effect.fnUntraced(function* (input: {
  readonly model: string
  readonly mode: JobMode
  readonly promptTokens: number
  readonly paidPromptTokens: number
  readonly contextLength: number
  readonly maxOutputTokens: number | null
}) {
  const { environment } = yield* NetworkSettings
  const { ruleHash, document } = yield* currentPolicy(environment)
  const { model, paidPromptTokens } = input
  const room = Math.max(1, input.contextLength - input.promptTokens)
  const maxOutputTokens = Math.min(input.maxOutputTokens ?? document.defaultMaxOutputTokens, room)
  const quote: Quote = {
    policyHash: ruleHash, model, maxOutputTokens,
    promptTokens: paidPromptTokens,
    ...rateFor(document, model),
    ...percentFor(document, input.mode),
    operatorSharePercent: document.operatorSharePercent,
  }
  return quote
})
