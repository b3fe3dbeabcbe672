import { type Command, InvalidArgumentError } from "commander"
import type { KeyLimits, LimitName } from "#domain/api-key/index.ts"
import { formatCredits } from "../output/credits.ts"
import { formatTime } from "../output/time.ts"
import { parseMicroCredits } from "./arguments.ts"

/** Not null: commander takes an option whose value is null for one without a value. */
const NONE = "none"

export type LimitOptions = { readonly [Limit in LimitName]?: NonNullable<KeyLimits[Limit]> | typeof NONE }

/** The options that set limits; each takes `none` for no limit of that kind. */
export const withLimitOptions = (made: Command): Command =>
  made
    .option("--requests-per-second <n>", "on average, twice that at once", orNone(parseLimit))
    .option("--requests-per-minute <n>", "on average, all of them at once", orNone(parseLimit))
    .option("--tokens-per-minute <n>", "prompt and output together", orNone(parseLimit))
    .option("--concurrent-requests <n>", "under way at the same time", orNone(parseLimit))
    .option("--spend-per-day <micro>", "micro-credits a day (UTC)", orNone(parseMicroCredits))
    .option("--spend-per-month <micro>", "micro-credits a month (UTC)", orNone(parseMicroCredits))
    .option("--models <names>", "these models only, separated by commas", orNone(parseList))
    .option("--endpoints <paths>", "these paths only: /v1/chat/completions,/v1/models", orNone(parseList))
    .option("--ip-ranges <ranges>", "from these addresses only: 203.0.113.0/24,2001:db8::/32", orNone(parseList))
    .option("--expires-at <time>", "refused from then on: 2026-12-31 or 2026-12-31T23:00:00Z", orNone(parseTime))

/** The limits that were named; the others stay as they are. */
export const limitsFrom = (options: LimitOptions): Partial<KeyLimits> => ({
  ...(options.requestsPerSecond !== undefined && { requestsPerSecond: given(options.requestsPerSecond) }),
  ...(options.requestsPerMinute !== undefined && { requestsPerMinute: given(options.requestsPerMinute) }),
  ...(options.tokensPerMinute !== undefined && { tokensPerMinute: given(options.tokensPerMinute) }),
  ...(options.concurrentRequests !== undefined && { concurrentRequests: given(options.concurrentRequests) }),
  ...(options.spendPerDay !== undefined && { spendPerDay: given(options.spendPerDay) }),
  ...(options.spendPerMonth !== undefined && { spendPerMonth: given(options.spendPerMonth) }),
  ...(options.models !== undefined && { models: given(options.models) }),
  ...(options.endpoints !== undefined && { endpoints: given(options.endpoints) }),
  ...(options.ipRanges !== undefined && { ipRanges: given(options.ipRanges) }),
  ...(options.expiresAt !== undefined && { expiresAt: given(options.expiresAt) }),
})

const given = <Value>(option: Value | typeof NONE): Value | null => (option === NONE ? null : option)

const NAMES: readonly LimitName[] = [
  "requestsPerSecond", "requestsPerMinute", "tokensPerMinute", "concurrentRequests", "spendPerDay", "spendPerMonth", "models", "endpoints",
  "ipRanges", "expiresAt",
]

export const namesLimit = (options: LimitOptions): boolean => NAMES.some((name) => options[name] !== undefined)

/** A line for each limit that there is. */
export const limitLines = (limits: KeyLimits): readonly string[] => {
  const line = (name: string, value: string | number | null): readonly string[] => (value === null ? [] : [`${name.padEnd(21)}${value}`])
  const credits = (value: bigint | null): string | null => (value === null ? null : `${formatCredits(value)} credits`)
  const list = (value: readonly string[] | null): string | null => (value === null ? null : value.join(", "))
  const lines = [
    ...line("Requests per second", limits.requestsPerSecond),
    ...line("Requests per minute", limits.requestsPerMinute),
    ...line("Tokens per minute", limits.tokensPerMinute),
    ...line("Concurrent requests", limits.concurrentRequests),
    ...line("Spend per day", credits(limits.spendPerDay)),
    ...line("Spend per month", credits(limits.spendPerMonth)),
    ...line("Models", list(limits.models)),
    ...line("Endpoints", list(limits.endpoints)),
    ...line("IP ranges", list(limits.ipRanges)),
    ...line("Expires", limits.expiresAt === null ? null : formatTime(limits.expiresAt)),
  ]
  return lines.length === 0 ? ["No limits of its own."] : lines
}

const orNone =
  <Value>(parse: (text: string) => Value) =>
  (text: string): Value | typeof NONE =>
    text === NONE ? NONE : parse(text)

const parseLimit = (text: string): number => {
  if (!/^[1-9][0-9]{0,8}$/.test(text)) throw new InvalidArgumentError(`A whole number from 1, or ${NONE}.`)
  return Number(text)
}

const parseList = (text: string): readonly string[] => {
  const entries = text.split(",").map((entry) => entry.trim())
  if (entries.some((entry) => entry === "")) throw new InvalidArgumentError(`Names separated by commas, or ${NONE}.`)
  return entries
}

const parseTime = (text: string): number => {
  const at = Date.parse(text)
  if (!/^\d{4}-\d\d-\d\d/.test(text) || Number.isNaN(at)) throw new InvalidArgumentError(`A date such as 2026-12-31, or ${NONE}.`)
  return at
}
