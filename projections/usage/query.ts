import { sql, type SqlBool } from "kysely"
import type { ReadDb } from "../read-db.ts"
import { bucketColumns, type Measure, percentileMs } from "./histogram.ts"

/** What usage can be told apart by. */
export const DIMENSIONS = ["namespace", "key", "model", "endpoint", "mode"] as const
export type Dimension = (typeof DIMENSIONS)[number]

const COLUMNS = { namespace: "namespace_id", key: "key_id", model: "model", endpoint: "endpoint", mode: "mode" } as const

const HOUR_MS = 3_600_000
export const BUCKETS_MS = { "5m": 300_000, hour: HOUR_MS, day: 24 * HOUR_MS } as const
export type Bucket = keyof typeof BUCKETS_MS | "total"

export interface UsageQuery {
  /** Only these; of all when left out. An empty list finds nothing. */
  readonly only?: Readonly<Partial<Record<Dimension, readonly string[]>>>
  /** Requests that ended in or after the five minutes that this time is in. */
  readonly from: number
  readonly until: number
  readonly bucket: Bucket
  /** One row for each combination, and one per bucket without any. */
  readonly groupBy: readonly Dimension[]
  readonly order: "oldest first" | "newest first"
  readonly limit: number
  /** Where the page before ended. */
  readonly after: UsagePlace | null
}

/** A row's place in the order: its bucket, then its dimensions. */
export type UsagePlace = readonly string[]

export interface Timing {
  /** Requests that were measured. */
  readonly count: number
  readonly averageMs: number | null
  /** From a histogram: right to within its buckets. */
  readonly p50Ms: number | null
  readonly p95Ms: number | null
}

export interface UsageRow {
  /** Start of the bucket; of `total` the start of the range. */
  readonly startAt: number
  readonly endAt: number
  /** Those it was grouped by. */
  readonly by: Readonly<Partial<Record<Dimension, string>>>
  readonly requests: number
  readonly succeeded: number
  readonly failed: number
  readonly cancelled: number
  readonly promptTokens: number
  readonly completionTokens: number
  /** Micro-credits. */
  readonly cost: bigint
  /** From submission to end. */
  readonly duration: Timing
  /** The part of it in which the model was not at work. */
  readonly latency: Timing
}

export interface UsagePage {
  readonly rows: readonly UsageRow[]
  /** Null: that was all. */
  readonly next: UsagePlace | null
}

const COUNTS = ["requests", "succeeded", "failed", "cancelled", "prompt_tokens", "completion_tokens", "cost"] as const
const SUMMED = [
  ...COUNTS, "timed", "duration_ms", "latency_timed", "latency_ms", ...bucketColumns("duration"), ...bucketColumns("latency"),
] as const

type Sums = Readonly<Record<string, bigint | string | null>>

export const usageQueries = (db: ReadDb) => ({
  /** Sums of what ended in the range, by bucket and dimensions. */
  page: async (query: UsageQuery): Promise<UsagePage> => {
    const rows = await sumsOf(db, query)
    const page = rows.slice(0, query.limit)
    const last = page.at(-1)
    const next = rows.length > query.limit && last !== undefined ? placeOf(query, last) : null
    return { rows: page.map((row) => usageRow(query, row)), next }
  },
})

const sumsOf = async (db: ReadDb, query: UsageQuery): Promise<readonly Sums[]> => {
  const { only = {}, from, until, bucket, groupBy, order, limit, after } = query
  const bucketMs = bucket === "total" ? null : BUCKETS_MS[bucket]
  const start = bucketMs === null ? sql<bigint>`${sql.lit(String(from))}::bigint` : sql<bigint>`bucket_at / ${sql.lit(bucketMs)} * ${sql.lit(bucketMs)}`
  const place = [start, ...groupBy.map((dimension) => sql`${sql.ref(COLUMNS[dimension])}`)]
  const direction = order === "oldest first" ? "asc" : "desc"
  let rows = db.selectFrom("usage").select(start.as("start_at")).select(groupBy.map((dimension) => COLUMNS[dimension]))
  rows = rows.select(SUMMED.map((column) => sql<bigint>`sum(${sql.ref(column)})::bigint`.as(`sum_${column}`)))
  rows = rows.where("bucket_at", ">=", BigInt(floorTo(from, BUCKETS_MS["5m"]))).where("bucket_at", "<", BigInt(until))
  for (const dimension of DIMENSIONS) {
    const wanted = only[dimension]
    if (wanted !== undefined) rows = rows.where(sql<SqlBool>`${sql.ref(COLUMNS[dimension])} = any(${[...wanted]}::text[])`)
  }
  if (after !== null) {
    const values = place.map((_, index) => (index === 0 ? sql`${after[0] ?? "0"}::bigint` : sql`${after[index] ?? ""}`))
    rows = rows.where(sql<SqlBool>`(${sql.join(place)}) ${order === "oldest first" ? sql`>` : sql`<`} (${sql.join(values)})`)
  }
  const grouped = bucketMs === null ? groupBy.map((dimension) => sql`${sql.ref(COLUMNS[dimension])}`) : place
  if (grouped.length > 0) rows = rows.groupBy(grouped)
  rows = rows.having(sql<SqlBool>`count(*) > 0`)
  for (const by of grouped) rows = rows.orderBy(by, direction)
  return (await rows.limit(limit + 1).execute()) as readonly Sums[]
}

const floorTo = (at: number, step: number): number => Math.floor(at / step) * step

const placeOf = ({ groupBy }: UsageQuery, row: Sums): UsagePlace =>
  [String(row["start_at"]), ...groupBy.map((dimension) => String(row[COLUMNS[dimension]]))]

const usageRow = ({ bucket, from, until, groupBy }: UsageQuery, row: Sums): UsageRow => {
  const sum = (column: string): number => Number(row[`sum_${column}`] ?? 0)
  const startAt = bucket === "total" ? from : Number(row["start_at"])
  return {
    startAt,
    endAt: bucket === "total" ? until : startAt + BUCKETS_MS[bucket],
    by: Object.fromEntries(groupBy.map((dimension) => [dimension, String(row[COLUMNS[dimension]])])),
    requests: sum("requests"),
    succeeded: sum("succeeded"),
    failed: sum("failed"),
    cancelled: sum("cancelled"),
    promptTokens: sum("prompt_tokens"),
    completionTokens: sum("completion_tokens"),
    cost: BigInt(row["sum_cost"] ?? 0),
    duration: timing("duration", { count: sum("timed"), totalMs: sum("duration_ms") }, sum),
    latency: timing("latency", { count: sum("latency_timed"), totalMs: sum("latency_ms") }, sum),
  }
}

const timing = (measure: Measure, { count, totalMs }: { readonly count: number; readonly totalMs: number }, sum: (column: string) => number): Timing => {
  const counts = bucketColumns(measure).map(sum)
  const averageMs = count === 0 ? null : Math.round(totalMs / count)
  return { count, averageMs, p50Ms: percentileMs(counts, 50), p95Ms: percentileMs(counts, 95) }
}
