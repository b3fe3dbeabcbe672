import type { PolicyDocument } from "./events.ts"

/** What a new network starts with: 0.50 / 1.50 credits per million tokens, half to the operator, RCP rules v1. */
export const defaultPolicy: PolicyDocument = {
  version: 1,
  rates: { "*": { inputRate: 500_000n, outputRate: 1_500_000n } },
  operatorSharePercent: 50,
  rcp: { milliRcpPer1000OutputTokens: 1_000, milliRcpPer1000PromptTokens: 100, environmentPercent: 100 },
  defaultMaxOutputTokens: 4_096,
}

const DEFAULT_BATCH_PERCENT = 50

/** What a job of this mode pays of the rates; nothing to say where it is all. */
export const percentFor = ({ batchPercent = DEFAULT_BATCH_PERCENT }: PolicyDocument, mode: string): { readonly pricePercent?: number } =>
  mode === "batch" && batchPercent < 100 ? { pricePercent: batchPercent } : {}

export const rateFor = (policy: PolicyDocument, model: string) =>
  policy.rates[model] ?? policy.rates["*"] ?? { inputRate: 0n, outputRate: 0n }
