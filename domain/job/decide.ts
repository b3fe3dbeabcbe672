import { Result } from "effect"
import type { Decider } from "../kernel/decider.ts"
import type { AssignJob, CompleteJob, FailAttempt, JobCommand, JobRejection, MarkProgress, SubmitJob } from "./commands.ts"
import { cancelledTokens, endOpenJob } from "./decide-end.ts"
import { codec, type JobEvent } from "./events.ts"
import { countedAttempts, currentAttempt, deliveredTokens, fold, initial, invariant, isOpen, type Job, type OpenJob } from "./state.ts"

export type Decision = Result.Result<readonly JobEvent[], JobRejection>

const submit = (command: SubmitJob, job: Job): Decision => {
  const { type: _, ...data } = command
  const { jobId } = command
  if (job.stage === "absent") return Result.succeed([{ type: "JobSubmitted", data }])
  if (job.stage === "voided") return Result.fail({ _tag: "JobAlreadyVoided", jobId })
  const same = job.submitted.holdId === command.holdId && job.submitted.requestDigest === command.requestDigest
  return same ? Result.succeed([]) : Result.fail({ _tag: "JobExists", jobId })
}

const assign = (command: AssignJob, job: OpenJob): Decision => {
  const { jobId, attemptId, nodeId, sessionId, payee, at } = command
  const current = currentAttempt(job)
  if (current?.attemptId === attemptId) return Result.succeed([])
  if (current !== null) return Result.fail({ _tag: "AlreadyAssigned", jobId, attemptId: current.attemptId })
  if (job.attempts.some((attempt) => attempt.attemptId === attemptId)) {
    return Result.fail({ _tag: "StaleAttempt", jobId, attemptId, current: null })
  }
  if (job.cancelRequested !== null) return Result.fail({ _tag: "CancelPending", jobId })
  const attempts = job.attempts.length
  if (countedAttempts(job) > job.submitted.retryLimit) return Result.fail({ _tag: "AttemptsExhausted", jobId, attempts })
  const expiresAt = Math.min(at + job.submitted.attemptTimeoutMs, job.submitted.deadlineAt)
  const data = {
    jobId, attemptId, attempt: attempts + 1, nodeId, sessionId, payee,
    resumeFromTokens: deliveredTokens(job), at, expiresAt,
  }
  return Result.succeed([{ type: "JobAssigned", data }])
}

/** Nobody can deliver more than the client holds credits for. */
const overDelivered = (job: OpenJob, attemptId: string, delivered: number): JobRejection | null => {
  const { jobId, maxOutputTokens } = job.submitted
  const before = job.attempts.reduce((sum, attempt) => sum + (attempt.attemptId === attemptId ? 0 : attempt.deliveredTokens), 0)
  const total = before + delivered
  return total > maxOutputTokens ? { _tag: "TooManyTokens", jobId, delivered: total, maxOutputTokens } : null
}

const stale = (job: OpenJob, attemptId: string): JobRejection | null => {
  const current = currentAttempt(job)?.attemptId ?? null
  return current === attemptId ? null : { _tag: "StaleAttempt", jobId: job.submitted.jobId, attemptId, current }
}

const mark = (command: MarkProgress, job: OpenJob): Decision => {
  const { jobId, attemptId, deliveredTokens, at } = command
  const rejection = stale(job, attemptId) ?? overDelivered(job, attemptId, deliveredTokens)
  if (rejection !== null) return Result.fail(rejection)
  if (deliveredTokens <= (currentAttempt(job)?.deliveredTokens ?? 0)) return Result.succeed([])
  return Result.succeed([{ type: "ProgressMarked", data: { jobId, attemptId, deliveredTokens, at } }])
}

const failAttempt = (command: FailAttempt, job: OpenJob): Decision => {
  const { jobId, attemptId, reason, at } = command
  if (job.attempts.some((attempt) => attempt.attemptId === attemptId && attempt.failed)) return Result.succeed([])
  const marked = currentAttempt(job)?.deliveredTokens ?? 0
  const deliveredTokens = Math.max(marked, command.deliveredTokens ?? 0)
  const rejection = stale(job, attemptId) ?? overDelivered(job, attemptId, deliveredTokens)
  if (rejection !== null) return Result.fail(rejection)
  return Result.succeed([{ type: "AttemptFailed", data: { jobId, attemptId, reason, deliveredTokens, at } }])
}

const complete = (command: CompleteJob, job: OpenJob): Decision => {
  const { jobId, attemptId, finishReason, receipt, at } = command
  const generated = Math.max(currentAttempt(job)?.deliveredTokens ?? 0, command.deliveredTokens)
  const rejection = stale(job, attemptId) ?? overDelivered(job, attemptId, generated)
  if (rejection !== null) return Result.fail(rejection)
  // A node that did not stop for a client who left is paid no more than one that did.
  const deliveredTokens = job.cancelRequested === null ? generated : cancelledTokens(job, generated)
  return Result.succeed([
    { type: "JobCompleted", data: { jobId, attemptId, finishReason, deliveredTokens, receipt, at } },
  ])
}

/** What a command means once the job is over: nothing new if it says what already happened, a rejection otherwise. */
const afterEnd = (command: JobCommand, job: Extract<Job, { stage: "ended" }>): Decision => {
  const { jobId } = job.submitted
  const { reason, receiptDigest } = job.ended
  if (command.type === "CompleteJob" && receiptDigest !== null) {
    if (receiptDigest === command.receipt.digest) return Result.succeed([])
    return Result.fail({ _tag: "ReceiptConflict", jobId, attemptId: command.attemptId })
  }
  const repeats =
    (command.type === "ConfirmCancel" && reason === "cancelled") ||
    (command.type === "RequestCancel" && reason === "cancelled") ||
    (command.type === "ExpireJob" && reason === "expired") ||
    (command.type === "FailJob" && reason === "failed") ||
    (command.type === "DeadLetterJob" && reason === "dead_lettered")
  return repeats ? Result.succeed([]) : Result.fail({ _tag: "JobAlreadyEnded", jobId, reason })
}

const decide =
  (command: JobCommand) =>
  (job: Job): Decision => {
    const { jobId } = command
    if (command.type === "SubmitJob") return submit(command, job)
    if (command.type === "VoidJob") {
      const { type: _, ...data } = command
      if (job.stage === "absent") return Result.succeed([{ type: "JobVoided", data }])
      return job.stage === "voided" ? Result.succeed([]) : Result.fail({ _tag: "JobExists", jobId })
    }
    if (job.stage === "absent") return Result.fail({ _tag: "JobNotFound", jobId })
    if (job.stage === "voided") return Result.fail({ _tag: "JobAlreadyVoided", jobId })
    if (!isOpen(job)) return afterEnd(command, job)
    switch (command.type) {
      case "AssignJob":
        return assign(command, job)
      case "MarkProgress":
        return mark(command, job)
      case "FailAttempt":
        return failAttempt(command, job)
      case "CompleteJob":
        return complete(command, job)
      default:
        return endOpenJob(command, job)
    }
  }

export const job: Decider<Job, JobCommand, JobEvent, JobRejection> = {
  category: "job",
  codec,
  initial,
  fold,
  decide,
  invariant,
}
