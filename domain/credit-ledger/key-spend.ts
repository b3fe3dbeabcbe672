import type { SpendLimits } from "./commands.ts"

/** What one key spends in the UTC day and month of its latest hold. */
export interface KeySpend {
  readonly day: PeriodSpend
  readonly month: PeriodSpend
}

/** Micro-credits. `number` counts days or months since 1970. */
export interface PeriodSpend {
  readonly number: number
  readonly settled: bigint
  readonly held: bigint
}

const MS_PER_DAY = 86_400_000

const NOTHING: KeySpend = { day: { number: 0, settled: 0n, held: 0n }, month: { number: 0, settled: 0n, held: 0n } }

/** In the periods of `at`. They never go back: what a slower clock asks for counts for the period that has begun. */
export const spendAt = (known: KeySpend | undefined, at: number): KeySpend => {
  const { day, month } = known ?? NOTHING
  return { day: inPeriod(day, Math.floor(at / MS_PER_DAY)), month: inPeriod(month, monthOf(at)) }
}

const monthOf = (at: number): number => {
  const date = new Date(at)
  return (date.getUTCFullYear() - 1970) * 12 + date.getUTCMonth()
}

const inPeriod = (known: PeriodSpend, number: number): PeriodSpend =>
  number > known.number ? { number, settled: 0n, held: 0n } : known

/** What a hold changed, and in which periods. */
export interface SpendChange {
  readonly day: number
  readonly month: number
  readonly held: bigint
  readonly settled: bigint
}

/** A hold's end changes the periods in which it was placed; those that are over are forgotten. */
export const withSpend = ({ day, month }: KeySpend, change: SpendChange): KeySpend => ({
  day: day.number === change.day ? changed(day, change) : day,
  month: month.number === change.month ? changed(month, change) : month,
})

const changed = (period: PeriodSpend, { held, settled }: SpendChange): PeriodSpend => ({
  ...period, held: period.held + held, settled: period.settled + settled,
})

export interface Room {
  /** What a hold may take now. */
  readonly now: bigint
  /** What it could take if everything that is held came back. */
  readonly atMost: bigint
  readonly limit: bigint
  readonly period: "day" | "month"
  readonly spend: PeriodSpend
}

/** What is left of each limit that there is. */
export const spendRooms = (spend: KeySpend, { perDay, perMonth }: SpendLimits): readonly Room[] => [
  ...roomIn("day", perDay, spend.day),
  ...roomIn("month", perMonth, spend.month),
]

const roomIn = (period: "day" | "month", limit: bigint | null, spend: PeriodSpend): readonly Room[] =>
  limit === null ? [] : [{ period, limit, spend, now: notNegative(limit - spend.settled - spend.held), atMost: notNegative(limit - spend.settled) }]

/** A limit that was made smaller than what is spent leaves nothing. */
const notNegative = (amount: bigint): bigint => (amount < 0n ? 0n : amount)
