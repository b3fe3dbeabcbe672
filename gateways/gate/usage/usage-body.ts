import { Schema } from "effect"
import { DIMENSIONS, type Timing, type UsagePage, type UsageRow } from "#projections/usage/query.ts"
import { toCsv } from "../../http/csv.ts"
import { pageToken } from "../../http/query-parameters.ts"

const Milliseconds = Schema.NullOr(Schema.Int)
const TimingBody = Schema.Struct({ average: Milliseconds, p50: Milliseconds, p95: Milliseconds })

const UsageBody = Schema.Struct({
  object: Schema.Literal("usage"),
  /** Seconds since 1970. */
  start_time: Schema.Int,
  end_time: Schema.Int,
  /** Null where it was not grouped by. */
  namespace: Schema.NullOr(Schema.String),
  key: Schema.NullOr(Schema.String),
  model: Schema.NullOr(Schema.String),
  endpoint: Schema.NullOr(Schema.String),
  mode: Schema.NullOr(Schema.String),
  requests: Schema.Int,
  succeeded: Schema.Int,
  failed: Schema.Int,
  /** Its client left, or cancelled it. */
  cancelled: Schema.Int,
  prompt_tokens: Schema.Int,
  completion_tokens: Schema.Int,
  /** A decimal string: a million is one credit. */
  cost_microcredits: Schema.String,
  duration_ms: TimingBody,
  latency_ms: TimingBody,
}).annotate({ identifier: "UsageBucket" })

export const UsageList = Schema.Struct({
  object: Schema.Literal("list"),
  data: Schema.Array(UsageBody),
  has_more: Schema.Boolean,
  next_page: Schema.NullOr(Schema.String),
}).annotate({ identifier: "UsageList" })

export const seconds = (ms: number): number => Math.floor(ms / 1_000)

export const usageList = ({ rows, next }: UsagePage): typeof UsageList.Type => ({
  object: "list",
  data: rows.map(usageBody),
  has_more: next !== null,
  next_page: next === null ? null : pageToken(next),
})

const usageBody = (row: UsageRow): typeof UsageBody.Type => ({
  object: "usage",
  start_time: seconds(row.startAt),
  end_time: seconds(row.endAt),
  namespace: row.by.namespace ?? null,
  key: row.by.key ?? null,
  model: row.by.model ?? null,
  endpoint: row.by.endpoint ?? null,
  mode: row.by.mode ?? null,
  requests: row.requests,
  succeeded: row.succeeded,
  failed: row.failed,
  cancelled: row.cancelled,
  prompt_tokens: row.promptTokens,
  completion_tokens: row.completionTokens,
  cost_microcredits: String(row.cost),
  duration_ms: timingBody(row.duration),
  latency_ms: timingBody(row.latency),
})

const timingBody = ({ averageMs, p50Ms, p95Ms }: Timing): typeof TimingBody.Type => ({ average: averageMs, p50: p50Ms, p95: p95Ms })

const COLUMNS = [
  "start", "end", ...DIMENSIONS, "requests", "succeeded", "failed", "cancelled", "prompt_tokens", "completion_tokens", "cost_microcredits",
  "duration_ms_average", "duration_ms_p50", "duration_ms_p95", "latency_ms_average", "latency_ms_p50", "latency_ms_p95",
]

export const usageCsv = (rows: readonly UsageRow[]): string =>
  toCsv(COLUMNS, rows.map((row) => [
    new Date(row.startAt).toISOString(), new Date(row.endAt).toISOString(), ...DIMENSIONS.map((dimension) => row.by[dimension] ?? null),
    row.requests, row.succeeded, row.failed, row.cancelled, row.promptTokens, row.completionTokens, row.cost,
    ...timingCells(row.duration), ...timingCells(row.latency),
  ]))

const timingCells = ({ averageMs, p50Ms, p95Ms }: Timing) => [averageMs, p50Ms, p95Ms]
