import { Effect } from "effect"
import { isOpen, job } from "#domain/job/index.ts"
import { Commands } from "../handle.ts"
import { completeJob } from "./complete-job.ts"

/** Whoever took the receipt records it at once; this is for when it was gone before it could. */
const CONFIRM_AFTER = "3 seconds"

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
  // Ended otherwise meanwhile, or by another attempt: the log's word stands.
  Effect.catchTags({ JobAlreadyEnded: () => Effect.void, StaleAttempt: () => Effect.void }),
)
