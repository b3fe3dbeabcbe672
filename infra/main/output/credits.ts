import { MICRO_PER_CREDIT } from "#domain/kernel/money.ts"

const DECIMALS = 6
const MILLI_PER_POINT = 1_000n
const MILLI_DECIMALS = 3

/** Micro-credits as credits with six decimals, for people: `1500000n` → `1.500000`. */
export const formatCredits = (micro: bigint): string => fixed(micro, MICRO_PER_CREDIT, DECIMALS)

/** Milli-RCP as points with three decimals: `1500n` → `1.500`. */
export const formatPoints = (milli: bigint): string => fixed(milli, MILLI_PER_POINT, MILLI_DECIMALS)

const fixed = (amount: bigint, unit: bigint, decimals: number): string => {
  const absolute = amount < 0n ? -amount : amount
  const fraction = (absolute % unit).toString().padStart(decimals, "0")
  return `${amount < 0n ? "-" : ""}${absolute / unit}.${fraction}`
}
