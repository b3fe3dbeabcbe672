/** ISO 8601, UTC, to the second: for tables. */
export const formatTime = (ms: number): string => new Date(ms).toISOString().replace(/\.\d+Z$/, "Z")

/** Time of day with milliseconds, UTC: for a story that lasts seconds. */
export const formatClock = (ms: number): string => new Date(ms).toISOString().slice(11, 23)
