import { Effect } from "effect"
import { confirmCancel } from "#commands/job/complete-job.ts"
import { failAttempt } from "#commands/job/fail-attempt.ts"
import { RECORD_RETRY } from "#commands/job/record-retry.ts"
import type { AttemptId, JobId } from "#domain/kernel/ids.ts"

/**
 * An attempt that the network stopped has stopped. Mostly its client wished it; where its time was up or its assignment was not
 * recorded, the job goes on without it.
 */
export const confirmStopped = (stopped: { readonly jobId: JobId; readonly attemptId: AttemptId; readonly deliveredTokens: number }) => {
  const { jobId, attemptId } = stopped
  return confirmCancel(stopped).pipe(
    // The log had the assignment after all: its outcome was unknown when the attempt was stopped.
    Effect.catchTag("CancelNotRequested", () => failAttempt({ jobId, attemptId, reason: "timed_out" })),
    Effect.catchTags({ StaleAttempt: () => Effect.void, JobAlreadyEnded: () => Effect.void }),
    Effect.retry(RECORD_RETRY),
  )
}
