import type { RcpRules } from "../network-config/index.ts"

/**
 * Points of one served attempt, in milli-RCP, rounded down: output tokens and, for the attempt that finished the job, prompt tokens,
 * each × its rate per 1 000 tokens × quality × environment multiplier (both in percent). Rules v1 of the shared decisions:
 * 1 RCP per 1 000 output tokens, 0.1 per 1 000 prompt tokens.
 */
export const jobPoints = (
  rules: RcpRules,
  served: { readonly outputTokens: number; readonly promptTokens: number; readonly qualityPercent: number },
): bigint => {
  const raw =
    BigInt(served.outputTokens) * BigInt(rules.milliRcpPer1000OutputTokens) +
    BigInt(served.promptTokens) * BigInt(rules.milliRcpPer1000PromptTokens)
  return (raw * BigInt(served.qualityPercent) * BigInt(rules.environmentPercent)) / (1_000n * 100n * 100n)
}
