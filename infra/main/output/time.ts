/** ISO 8601, UTC, to the second: for tables. */
export const formatTime = (ms: number): string => new Date(ms).toISOString().replace(/\.\d+Z$/, "Z")

/** Time of day with milliseconds, UTC: for a story that lasts seconds. */
export const formatClock = (ms: number): string => new Date(ms).toISOString().slice(11, 23)

const SECOND_MS = 1_000
const MINUTE_MS = 60 * SECOND_MS
const HOUR_MS = 60 * MINUTE_MS

/** How long, in the two largest units: `42 s`, `3 min 20 s`, `26 h 5 min`. */
export const formatDuration = (ms: number): string => {
  if (ms < MINUTE_MS) return `${Math.floor(ms / SECOND_MS)} s`
  if (ms < HOUR_MS) return `${Math.floor(ms / MINUTE_MS)} min ${Math.floor((ms % MINUTE_MS) / SECOND_MS)} s`
  return `${Math.floor(ms / HOUR_MS)} h ${Math.floor((ms % HOUR_MS) / MINUTE_MS)} min`
}
