import { Result } from "effect"
import type { ConfirmCancel, DeadLetterJob, ExpireJob, FailJob, JobRejection, RequestCancel } from "./commands.ts"
import type { JobEvent } from "./events.ts"
import { countedAttempts, currentAttempt, type OpenJob } from "./state.ts"

type EndCommand = RequestCancel | ConfirmCancel | FailJob | ExpireJob | DeadLetterJob
type Decision = Result.Result<readonly JobEvent[], JobRejection>

/** Tokens beyond the last mark that a client who left still pays for: the cancel takes a moment to reach the node. */
export const CANCEL_GRACE_TOKENS = 64

/** Why the client's gateway gives up a job whose rest nobody gets: what its client has, by the last mark, is all that counts. */
export const WITHDRAWALS = ["another_model_answered", "answer_failed", "malformed_answer", "submit_outcome_unknown"] as const
export type Withdrawal = (typeof WITHDRAWALS)[number]

const isWithdrawal = (reason: string | null): boolean => WITHDRAWALS.some((one) => one === reason)

/** The ways an open job ends without a receipt: what its client received so far is what counts. */
export const endOpenJob = (command: EndCommand, job: OpenJob): Decision => {
  const { jobId, at } = command
  const current = currentAttempt(job)
  const attemptId = current?.attemptId ?? null
  const deliveredTokens = current?.deliveredTokens ?? 0
  switch (command.type) {
    case "RequestCancel":
      if (job.cancelRequested !== null) return Result.succeed([])
      return Result.succeed([{ type: "JobCancelRequested", data: { jobId, reason: command.reason, at } }])
    case "ConfirmCancel": {
      if (command.attemptId !== attemptId) {
        return Result.fail({ _tag: "StaleAttempt", jobId, attemptId: String(command.attemptId), current: attemptId })
      }
      const reason = job.cancelRequested
      if (reason === null) return Result.fail({ _tag: "CancelNotRequested", jobId })
      const delivered = cancelledTokens(job, command.deliveredTokens ?? 0)
      return Result.succeed([
        { type: "JobCancelled", data: { jobId, attemptId, reason, deliveredTokens: delivered, at } },
      ])
    }
    case "FailJob":
      return Result.succeed([
        { type: "JobFailed", data: { jobId, attemptId, reason: command.reason, deliveredTokens, at } },
      ])
    case "ExpireJob": {
      const { deadlineAt } = job.submitted
      if (at < deadlineAt) return Result.fail({ _tag: "DeadlineNotPassed", jobId, deadlineAt })
      return Result.succeed([{ type: "JobExpired", data: { jobId, attemptId, deliveredTokens, at } }])
    }
    case "DeadLetterJob": {
      const left = job.submitted.retryLimit + 1 - countedAttempts(job)
      if (current !== null) return Result.fail({ _tag: "AlreadyAssigned", jobId, attemptId: current.attemptId })
      if (left > 0) return Result.fail({ _tag: "AttemptsLeft", jobId, left })
      return Result.succeed([{ type: "JobDeadLettered", data: { jobId, attempts: job.attempts.length, at } }])
    }
  }
}

/** What was generated until the cancel took effect: never below the last mark, never far above it, never above the hold. */
export const cancelledTokens = (job: OpenJob, generated: number): number => {
  const current = currentAttempt(job)
  if (current === null) return 0
  const marked = current.deliveredTokens
  const grace = isWithdrawal(job.cancelRequested) ? 0 : CANCEL_GRACE_TOKENS
  const others = job.attempts.reduce((sum, attempt) => sum + (attempt === current ? 0 : attempt.deliveredTokens), 0)
  return Math.min(Math.max(marked, generated), marked + grace, job.submitted.maxOutputTokens - others)
}
