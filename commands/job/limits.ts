/** A sync or stream job that has no end by then expires. */
export const JOB_TTL_MS = 120_000
/** Likewise one whose answer is fetched later. */
export const LATER_JOB_TTL_MS = 24 * 60 * 60 * 1_000
/** A hold outlives its job's deadline by this much, so that settlement comes first. */
export const HOLD_GRACE_MS = 30_000
/** One attempt: time to start, then time per output token it may produce. */
export const ATTEMPT_BASE_MS = 20_000
export const ATTEMPT_PER_TOKEN_MS = 500
/** Attempts after the first. */
export const RETRY_LIMIT = 3
/** How long a request waits for credits that other requests hold. */
export const CREDIT_WAIT_MS = 10_000
/** Other processes' settlements are not tapped here: look again this often. */
export const CREDIT_POLL_MS = 250
/** How long the job's cloud gateway has to say what its client received. */
export const DELIVERED_REPLY_MS = 2_000
