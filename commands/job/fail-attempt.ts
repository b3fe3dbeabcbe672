import { Effect } from "effect"
import { type AttemptFailure, job } from "#domain/job/index.ts"
import type { AttemptId, JobId } from "#domain/kernel/ids.ts"
import { Commands } from "../handle.ts"
import { ASSIGNMENT_WAIT, notYetAssigned } from "./assignment-wait.ts"
import { askDelivered, tokensOf } from "./ask-delivered.ts"

/** Ends an attempt without an answer, at what its client received. Dispatch takes it from there. */
export const failAttempt = Effect.fnUntraced(function* (failed: {
  readonly jobId: JobId
  readonly attemptId: AttemptId
  readonly reason: AttemptFailure
}) {
  const { handle } = yield* Commands
  const { jobId, attemptId } = failed
  const deliveredTokens = tokensOf(yield* askDelivered(jobId, { fence: attemptId }), attemptId)
  const command = { type: "FailAttempt", ...failed, deliveredTokens, at: Date.now() } as const
  yield* handle(job, jobId, command, { commandId: `attempt/${attemptId}/fail/${failed.reason}/${deliveredTokens}`, correlationId: jobId })
}, Effect.retry({ ...ASSIGNMENT_WAIT, while: notYetAssigned }))
