import { Schema } from "effect"
import { TimeMs } from "../kernel/ids.ts"
import { MicroCredits } from "../kernel/money.ts"
import { ipRanges } from "../policies/ip-ranges.ts"

const count = Schema.NullOr(Schema.Int)
const list = Schema.NullOr(Schema.Array(Schema.String))

/** What a key may do; null: no limit of that kind. */
export const KeyLimits = Schema.Struct({
  /** On average; twice that at once. */
  requestsPerSecond: count,
  requestsPerMinute: count,
  /** Prompt and output together. */
  tokensPerMinute: count,
  concurrentRequests: count,
  /** Micro-credits of one UTC day or month, what is held included. */
  spendPerDay: Schema.NullOr(MicroCredits),
  spendPerMonth: Schema.NullOr(MicroCredits),
  models: list,
  /** Paths of routes, `/v1/chat/completions`. */
  endpoints: list,
  /** Addresses or ranges in CIDR form. */
  ipRanges: list,
  /** Milliseconds since 1970. */
  expiresAt: Schema.NullOr(TimeMs),
})
export type KeyLimits = typeof KeyLimits.Type

export const NO_LIMITS: KeyLimits = {
  requestsPerSecond: null, requestsPerMinute: null, tokensPerMinute: null, concurrentRequests: null, spendPerDay: null,
  spendPerMonth: null, models: null, endpoints: null, ipRanges: null, expiresAt: null,
}

/** What a new key gets where nothing else is said (shared decisions, "Keys"). */
export const DEFAULT_LIMITS: KeyLimits = { ...NO_LIMITS, requestsPerSecond: 60 }

export type LimitName = keyof KeyLimits

/** Entries of one list; each is compared for each request. */
export const MAX_LISTED = 100
const MAX_ENTRY_CHARACTERS = 256
/** Of a count: above it a limit limits nothing, and the arithmetic of rates stays exact. */
export const MAX_COUNT = 1_000_000_000
const COUNTS = ["requestsPerSecond", "requestsPerMinute", "tokensPerMinute", "concurrentRequests"] as const
const AMOUNTS = ["spendPerDay", "spendPerMonth"] as const
const LISTS = ["models", "endpoints", "ipRanges"] as const

export interface InvalidLimit {
  readonly limit: LimitName
  /** What it must be. */
  readonly expected: string
}

/** The first limit that makes no sense, or null. */
export const invalidLimit = (limits: KeyLimits): InvalidLimit | null => {
  for (const limit of COUNTS) {
    const value = limits[limit]
    if (value !== null && (value < 1 || value > MAX_COUNT)) return { limit, expected: `a whole number from 1 to ${MAX_COUNT}` }
  }
  for (const limit of AMOUNTS) {
    const value = limits[limit]
    if (value !== null && value < 0n) return { limit, expected: "micro-credits, not negative" }
  }
  for (const limit of LISTS) {
    const value = limits[limit]
    if (value !== null && !isList(value)) return { limit, expected: `1 to ${MAX_LISTED} texts of at most ${MAX_ENTRY_CHARACTERS} characters` }
  }
  if (limits.endpoints?.some((path) => !path.startsWith("/v1/"))) return { limit: "endpoints", expected: "paths that begin with /v1/" }
  if (limits.ipRanges !== null && ipRanges(limits.ipRanges) === null) {
    return { limit: "ipRanges", expected: "IPv4 or IPv6 addresses, or ranges in CIDR form" }
  }
  return null
}

const isList = (value: readonly string[]): boolean =>
  value.length >= 1 && value.length <= MAX_LISTED && value.every((entry) => entry.length >= 1 && entry.length <= MAX_ENTRY_CHARACTERS)

/** The first limit in which `limits` allows what `bound` does not, or null. */
export const exceededLimit = (limits: KeyLimits, bound: KeyLimits): LimitName | null => {
  for (const limit of [...COUNTS, "expiresAt"] as const) {
    const [value, most] = [limits[limit], bound[limit]]
    if (most !== null && (value === null || value > most)) return limit
  }
  for (const limit of AMOUNTS) {
    const [value, most] = [limits[limit], bound[limit]]
    if (most !== null && (value === null || value > most)) return limit
  }
  for (const limit of ["models", "endpoints"] as const) {
    const [value, most] = [limits[limit], bound[limit]]
    if (most !== null && (value === null || value.some((entry) => !most.includes(entry)))) return limit
  }
  if (bound.ipRanges === null) return null
  const outer = ipRanges(bound.ipRanges)
  return limits.ipRanges?.every((range) => outer?.covers(range)) ? null : "ipRanges"
}
