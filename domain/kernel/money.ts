import { Schema } from "effect"

/** One credit (one US dollar at list price) is a million micro-credits. */
export const MICRO_PER_CREDIT = 1_000_000n

/** Integer micro-credits; a decimal string in JSON. */
export const MicroCredits = Schema.BigIntFromString

/** Integer milli-RCP (1 000 = one point); a decimal string in JSON. */
export const MilliRcp = Schema.BigIntFromString

/** One line of a double entry. The postings of one event always sum to zero. */
export const Posting = Schema.Struct({ account: Schema.String, amount: MicroCredits })
export type Posting = typeof Posting.Type

export const sumOf = (postings: readonly Posting[]): bigint => postings.reduce((sum, posting) => sum + posting.amount, 0n)

/** Ceiling of a ÷ b for b > 0 and a ≥ 0. */
export const ceilDiv = (a: bigint, b: bigint): bigint => (a + b - 1n) / b

/** Splits `total` by integer weights, largest remainder first, ties to the earlier share. The parts sum to `total`. */
export const splitByWeight = (total: bigint, weights: readonly bigint[]): readonly bigint[] => {
  const sum = weights.reduce((a, b) => a + b, 0n)
  if (sum === 0n) return weights.map((_, index) => (index === 0 ? total : 0n))
  const parts = weights.map((weight) => (total * weight) / sum)
  const byRemainder = weights
    .map((weight, index) => ({ index, remainder: (total * weight) % sum }))
    .sort((a, b) => (a.remainder === b.remainder ? a.index - b.index : a.remainder > b.remainder ? -1 : 1))
  let left = total - parts.reduce((a, b) => a + b, 0n)
  for (const { index } of byRemainder) {
    if (left === 0n) break
    parts[index] = (parts[index] ?? 0n) + 1n
    left -= 1n
  }
  return parts
}
