/** Of a namespace that said nothing. */
export const DEFAULT_RETENTION_DAYS = 30
export const MAX_RETENTION_DAYS = 365
const DAY_MS = 24 * 60 * 60 * 1_000

/** Of a content that is not kept: while its client may still come back for the rest of an answer, or try again. */
export const GRACE_MS = 10 * 60 * 1_000
/** Longest life of a job (24 h, polling and batch), and the grace: what was never told of its job's end goes then. */
const UNENDED_MS = DAY_MS + GRACE_MS

export const isRetentionDays = (days: number): boolean => Number.isSafeInteger(days) && days >= 0 && days <= MAX_RETENTION_DAYS

export const retentionMs = (days: number): number => days * DAY_MS

/**
 * How long a content lies there from its `put`, in milliseconds. With a retention of 0 an answer goes after the grace, for it comes
 * when its job ends; everything else when its job has ended, a day later at the latest.
 */
export const keptMs = (retention: number, field: string): number => {
  if (retention > 0) return retention
  return field === "answer" ? GRACE_MS : UNENDED_MS
}
