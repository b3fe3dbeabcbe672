import { Schema } from "effect"
import type { KeyLimits } from "#domain/api-key/index.ts"
import { MicroCredits } from "#domain/kernel/money.ts"
import type { ApiKeyView } from "#projections/api-keys/query.ts"
import { seconds } from "../manage-deps.ts"

const Count = Schema.NullOr(Schema.Int)
const Names = Schema.NullOr(Schema.Array(Schema.String))
/** Micro-credits, a decimal string. */
const Amount = Schema.NullOr(MicroCredits)

const limitFields = {
  requests_per_second: Count,
  requests_per_minute: Count,
  tokens_per_minute: Count,
  concurrent_requests: Count,
  spend_per_day: Amount,
  spend_per_month: Amount,
  models: Names,
  endpoints: Names,
  ip_ranges: Names,
  /** Seconds since 1970. */
  expires_at: Count,
}

/** Null: no limit of that kind. */
export const Limits = Schema.Struct(limitFields).annotate({ identifier: "ApiKeyLimits" })

const { requests_per_second, requests_per_minute, tokens_per_minute, concurrent_requests, spend_per_day, spend_per_month } = limitFields
const { models, endpoints, ip_ranges, expires_at } = limitFields

/** Those that are not named stay as they are. */
export const SomeLimits = Schema.Struct({
  requests_per_second: Schema.optionalKey(requests_per_second),
  requests_per_minute: Schema.optionalKey(requests_per_minute),
  tokens_per_minute: Schema.optionalKey(tokens_per_minute),
  concurrent_requests: Schema.optionalKey(concurrent_requests),
  spend_per_day: Schema.optionalKey(spend_per_day),
  spend_per_month: Schema.optionalKey(spend_per_month),
  models: Schema.optionalKey(models),
  endpoints: Schema.optionalKey(endpoints),
  ip_ranges: Schema.optionalKey(ip_ranges),
  expires_at: Schema.optionalKey(expires_at),
}).annotate({ identifier: "SomeApiKeyLimits" })

const Name = Schema.NullOr(Schema.String)

const keyFields = {
  object: Schema.Literal("api_key"),
  id: Schema.String,
  namespace: Schema.String,
  name: Schema.String,
  mode: Schema.Literals(["test", "live"]),
  right: Schema.Literals(["inference", "manage"]),
  limits: Limits,
  created_at: Schema.Int,
  created_by: Name,
  /** The key that takes its place, and when this one ends. */
  rotated_to: Name,
  ends_at: Count,
  revoked_at: Count,
}
export const Key = Schema.Struct(keyFields).annotate({ identifier: "ApiKey" })

/** With the key itself, which is shown this once; null where the request was made before and it was shown then. */
export const NewKey = Schema.Struct({ ...keyFields, api_key: Name }).annotate({ identifier: "NewApiKey" })

const MS_PER_S = 1_000

export const limitsBody = (limits: KeyLimits) => ({
  requests_per_second: limits.requestsPerSecond,
  requests_per_minute: limits.requestsPerMinute,
  tokens_per_minute: limits.tokensPerMinute,
  concurrent_requests: limits.concurrentRequests,
  spend_per_day: limits.spendPerDay === null ? null : String(limits.spendPerDay),
  spend_per_month: limits.spendPerMonth === null ? null : String(limits.spendPerMonth),
  models: limits.models,
  endpoints: limits.endpoints,
  ip_ranges: limits.ipRanges,
  expires_at: limits.expiresAt === null ? null : seconds(limits.expiresAt),
})

/** Those that are named. */
export const namedLimits = (some: typeof SomeLimits.Type): Partial<KeyLimits> => ({
  ...(some.requests_per_second !== undefined && { requestsPerSecond: some.requests_per_second }),
  ...(some.requests_per_minute !== undefined && { requestsPerMinute: some.requests_per_minute }),
  ...(some.tokens_per_minute !== undefined && { tokensPerMinute: some.tokens_per_minute }),
  ...(some.concurrent_requests !== undefined && { concurrentRequests: some.concurrent_requests }),
  ...(some.spend_per_day !== undefined && { spendPerDay: some.spend_per_day }),
  ...(some.spend_per_month !== undefined && { spendPerMonth: some.spend_per_month }),
  ...(some.models !== undefined && { models: some.models }),
  ...(some.endpoints !== undefined && { endpoints: some.endpoints }),
  ...(some.ip_ranges !== undefined && { ipRanges: some.ip_ranges }),
  ...(some.expires_at !== undefined && { expiresAt: some.expires_at === null ? null : some.expires_at * MS_PER_S }),
})

/** A key without limits of its own has the network's: `fallback`. */
export const keyBody = (key: ApiKeyView, fallback: KeyLimits) => ({
  object: "api_key" as const,
  id: key.keyId,
  namespace: key.namespaceId,
  name: key.name,
  mode: key.mode,
  right: key.access.right,
  limits: limitsBody(key.access.limits ?? fallback),
  created_at: seconds(key.createdAt),
  created_by: key.createdBy,
  rotated_to: key.successorId,
  ends_at: key.access.endsAt === null ? null : seconds(key.access.endsAt),
  revoked_at: key.revokedAt === null ? null : seconds(key.revokedAt),
})
