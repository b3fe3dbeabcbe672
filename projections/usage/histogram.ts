import type { UsageTables } from "./table.ts"

/** Upper bounds of the buckets in milliseconds; the last one has none. Fine enough for a percentile to be within one step of 1, 2, 5. */
export const BOUNDS_MS = [20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 60_000, 300_000] as const

export type Measure = "duration" | "latency"

/** Number of the bucket that `ms` falls in: 0 to 12. */
export const bucketOf = (ms: number): number => {
  const found = BOUNDS_MS.findIndex((bound) => ms <= bound)
  return found === -1 ? BOUNDS_MS.length : found
}

type Column = Extract<keyof UsageTables["usage"], `${Measure}_${number}`>

/** The column that counts what fell in this bucket. */
export const bucketColumn = (measure: Measure, bucket: number): Column => `${measure}_${bucket}` as Column

export const bucketColumns = (measure: Measure): readonly Column[] => [...BOUNDS_MS, Infinity].map((_, bucket) => bucketColumn(measure, bucket))

/**
 * The value below which `percent` of the counted lie, in milliseconds, as Prometheus' histogram_quantile: within a bucket they are taken to be
 * spread evenly; what lies beyond the last bound counts as that bound. Null when nothing was counted.
 */
export const percentileMs = (counts: readonly number[], percent: number): number | null => {
  const total = counts.reduce((sum, count) => sum + count, 0)
  if (total === 0) return null
  const rank = (percent / 100) * total
  let below = 0
  for (const [bucket, count] of counts.entries()) {
    const upper = BOUNDS_MS[bucket]
    if (upper === undefined) break
    const lower = bucket === 0 ? 0 : (BOUNDS_MS[bucket - 1] ?? 0)
    if (count > 0 && below + count >= rank) return Math.round(lower + ((upper - lower) * (rank - below)) / count)
    below += count
  }
  return BOUNDS_MS.at(-1) ?? null
}
