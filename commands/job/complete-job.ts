import { Effect } from "effect"
import { type FinishReason, job, type Receipt } from "#domain/job/index.ts"
import type { AttemptId, JobId } from "#domain/kernel/ids.ts"
import { Commands } from "../handle.ts"
import { ASSIGNMENT_WAIT, notYetAssigned } from "./assignment-wait.ts"

/**
 * Ends the job on a receipt whose signature was verified. Both gateways of a job may do so, and count differently: only one is on record.
 */
export const completeJob = Effect.fnUntraced(function* (completed: {
  readonly jobId: JobId
  readonly attemptId: AttemptId
  readonly finishReason: FinishReason
  readonly deliveredTokens: number
  readonly receipt: Receipt
}) {
  const { handle } = yield* Commands
  const { jobId, attemptId } = completed
  const command = { type: "CompleteJob", ...completed, at: Date.now() } as const
  yield* handle(job, jobId, command, { commandId: `attempt/${attemptId}/complete/${completed.deliveredTokens}/${completed.receipt.digest}`, correlationId: jobId })
}, Effect.retry({ ...ASSIGNMENT_WAIT, while: notYetAssigned }))

/** The node stopped because it was told to, or nobody was at work. */
export const confirmCancel = Effect.fnUntraced(function* (cancelled: {
  readonly jobId: JobId
  readonly attemptId: AttemptId | null
  readonly deliveredTokens: number | null
}) {
  const { handle } = yield* Commands
  const { jobId } = cancelled
  const command = { type: "ConfirmCancel", ...cancelled, at: Date.now() } as const
  yield* handle(job, jobId, command, { commandId: `job/${jobId}/cancelled/${cancelled.attemptId}/${cancelled.deliveredTokens}`, correlationId: jobId })
}, Effect.retry({ ...ASSIGNMENT_WAIT, while: notYetAssigned }))
