import { Effect } from "effect"
import { job } from "#domain/job/index.ts"
import type { AttemptId, JobId } from "#domain/kernel/ids.ts"
import { Commands } from "../handle.ts"
import { confirmCancel } from "./complete-job.ts"

export interface CancelledJob {
  readonly jobId: JobId
  readonly reason: string
  /** Its node has ended this attempt by itself: there is nobody to be told, and nothing to be waited for. */
  readonly finished?: AttemptId
}

/** The client is gone. Dispatch tells the node; the job ends once the node has stopped. */
export const cancelJob = Effect.fnUntraced(function* ({ jobId, reason, finished }: CancelledJob) {
  const { handle } = yield* Commands
  const command = { type: "RequestCancel", jobId, reason, at: Date.now() } as const
  yield* handle(job, jobId, command, { commandId: `job/${jobId}/cancel`, correlationId: jobId })
  if (finished === undefined) return
  // Another attempt is at work meanwhile: that one is told.
  yield* Effect.catchTag(confirmCancel({ jobId, attemptId: finished, deliveredTokens: 0 }), "StaleAttempt", () => Effect.void)
}, Effect.catchTag("JobAlreadyEnded", () => Effect.void))
