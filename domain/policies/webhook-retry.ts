const SECOND_MS = 1_000
const HOUR_MS = 3_600 * SECOND_MS

const FIRST_DELAY_MS = 5 * SECOND_MS
const FACTOR = 3
const MAX_DELAY_MS = 4 * HOUR_MS
/** Half of each delay is drawn by lot, so that what failed together does not come back together. */
const JITTER = 0.5

/** A delivery is tried for so long. */
export const GIVE_UP_AFTER_MS = 24 * HOUR_MS
/** A webhook that failed for so long without one success is disabled. */
export const DISABLE_AFTER_MS = 5 * 24 * HOUR_MS

/**
 * Milliseconds to wait after the `attempts`th failure (1, 2, …): min(4 h, 5 s × 3^(attempts − 1)), half of it times `draw` (0 to 1).
 * A receiver that names a time (`retry-after`) is left alone until then, within the same bound.
 */
export const retryDelayMs = ({ attempts, draw, retryAfterMs }: { readonly attempts: number; readonly draw: number; readonly retryAfterMs: number | null }): number => {
  const whole = Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * FACTOR ** (attempts - 1))
  const delay = Math.round(whole * (1 - JITTER) + whole * JITTER * draw)
  return retryAfterMs === null ? delay : Math.min(MAX_DELAY_MS, Math.max(delay, retryAfterMs))
}
