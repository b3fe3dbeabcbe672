import { Effect } from "effect"
import { isOpen, job } from "#domain/job/index.ts"
import { Commands } from "../handle.ts"
import { completeJob } from "./complete-job.ts"
import { RECORD_RETRY } from "./record-retry.ts"

/**
 * Whoever took the receipt records it at once; this is for when it was gone before it could. Sooner than its node is back at another
 * gateway, after which the attempt counts as lost.
 */
const CONFIRM_AFTER = "500 millis"

/** Puts the end of an answer that its client has in full on record, if it is not there after a while. */
export const confirmCompleted = Effect.fnUntraced(
  function* (completed: Parameters<typeof completeJob>[0]) {
    const { peek, load } = yield* Commands
    const { jobId } = completed
    // Whoever took the receipt is this process itself.
    if (peek(job, jobId) !== null) return
    yield* Effect.sleep(CONFIRM_AFTER)
    if (isOpen(yield* load(job, jobId))) yield* completeJob(completed)
  },
  Effect.retry(RECORD_RETRY),
  // Ended otherwise meanwhile, or by another attempt: the log's word stands.
  Effect.catchTags({ JobAlreadyEnded: () => Effect.void, StaleAttempt: () => Effect.void }),
)
