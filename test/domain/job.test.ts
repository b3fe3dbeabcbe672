import { describe, expect, it } from "vitest"
import { type CompleteJob, deliveredTokens, isOpen, job, type JobCommand } from "#domain/job/index.ts"
import {
  ATTEMPT_A, ATTEMPT_B, attemptNumber, HOLD_A, HOLD_B, JOB_A, NAMESPACE, NODE_A, NODE_B, SESSION_A, SESSION_B,
} from "#test/support/arbitrary-ids.ts"
import { DEADLINE_AT, receipt, submitJob } from "#test/support/arbitrary-job-script.ts"
import { scenario } from "#test/support/scenario.ts"

const onA = { nodeId: NODE_A, sessionId: SESSION_A, payee: "alice" }
const onB = { nodeId: NODE_B, sessionId: SESSION_B, payee: "bob" }
const assignA: JobCommand = { type: "AssignJob", jobId: JOB_A, attemptId: ATTEMPT_A, ...onA, at: 1 }
const assignB: JobCommand = { type: "AssignJob", jobId: JOB_A, attemptId: ATTEMPT_B, ...onB, at: 2 }

const mark = (tokens: number, attemptId = ATTEMPT_A): JobCommand => ({
  type: "MarkProgress", jobId: JOB_A, attemptId, deliveredTokens: tokens, at: 1,
})
const lose = (tokens: number | null, attemptId = ATTEMPT_A): JobCommand => ({
  type: "FailAttempt", jobId: JOB_A, attemptId, reason: "node_gone", deliveredTokens: tokens, at: 2,
})
const complete = (tokens: number, changes: Partial<CompleteJob> = {}): CompleteJob => ({
  type: "CompleteJob", jobId: JOB_A, attemptId: ATTEMPT_A, finishReason: "stop", deliveredTokens: tokens, receipt: receipt("r1"), at: 2,
  ...changes,
})
const cancel: JobCommand = { type: "RequestCancel", jobId: JOB_A, reason: "client left", at: 1 }
const stopped = (tokens: number | null): JobCommand => ({
  type: "ConfirmCancel", jobId: JOB_A, attemptId: ATTEMPT_A, deliveredTokens: tokens, at: 2,
})
const giveUp: JobCommand = { type: "DeadLetterJob", jobId: JOB_A, at: 3 }
const voidIt: JobCommand = { type: "VoidJob", jobId: JOB_A, namespaceId: NAMESPACE, holdId: HOLD_A, at: 1 }

const nothing = scenario(job)
const submitted = nothing.after(submitJob)
const assigned = submitted.after(assignA)

describe("submitting", () => {
  it("the same request twice is one job", () => {
    submitted.when(submitJob).changesNothing()
  })

  it("another request under the same id is refused", () => {
    submitted.when({ ...submitJob, requestDigest: "other" }).rejects({ _tag: "JobExists", jobId: JOB_A })
    submitted.when({ ...submitJob, holdId: HOLD_B }).rejects({ _tag: "JobExists", jobId: JOB_A })
  })

  it("a voided job can never be submitted", () => {
    nothing.after(voidIt).when(submitJob).rejects({ _tag: "JobAlreadyVoided", jobId: JOB_A })
  })

  it("a job that was submitted cannot be voided", () => {
    submitted.when(voidIt).rejects({ _tag: "JobExists", jobId: JOB_A })
  })

  it("everything else needs a submitted job", () => {
    nothing.when(assignA).rejects({ _tag: "JobNotFound", jobId: JOB_A })
    nothing.after(voidIt).when(assignA).rejects({ _tag: "JobAlreadyVoided", jobId: JOB_A })
  })
})

describe("assigning", () => {
  it("gives the attempt its own deadline, never later than the job's", () => {
    submitted.when(assignA).gives({ type: "JobAssigned", data: { attempt: 1, resumeFromTokens: 0, expiresAt: 3 } })
    submitted.when({ ...assignA, at: 3 }).gives({ type: "JobAssigned", data: { expiresAt: DEADLINE_AT } })
  })

  it("the same attempt twice is one assignment", () => {
    assigned.when(assignA).changesNothing()
  })

  it("one attempt at a time", () => {
    assigned.when(assignB).rejects({ _tag: "AlreadyAssigned", jobId: JOB_A, attemptId: ATTEMPT_A })
  })

  it("the next node goes on where the client's text ends", () => {
    assigned.after(mark(2), lose(3)).when(assignB).gives({ type: "JobAssigned", data: { attempt: 2, resumeFromTokens: 3 } })
  })

  it("an attempt that failed cannot be assigned again", () => {
    const again = assigned.after(lose(3)).when(assignA)
    again.rejects({ _tag: "StaleAttempt", jobId: JOB_A, attemptId: ATTEMPT_A, current: null })
  })

  it("no more attempts than the retry limit allows", () => {
    const exhausted = assigned.after(lose(0), assignB, lose(0, ATTEMPT_B))
    const third: JobCommand = { ...assignB, attemptId: attemptNumber(3) }
    exhausted.when(third).rejects({ _tag: "AttemptsExhausted", jobId: JOB_A, attempts: 2 })
  })

  it("no new attempt once the client has left", () => {
    submitted.after(cancel).when(assignA).rejects({ _tag: "CancelPending", jobId: JOB_A })
  })
})

describe("progress", () => {
  it("only a mark further than the last one is a fact", () => {
    assigned.after(mark(2)).when(mark(2)).changesNothing()
    assigned.after(mark(2)).when(mark(1)).changesNothing()
    assigned.after(mark(2)).when(mark(3)).gives({ type: "ProgressMarked", data: { deliveredTokens: 3 } })
  })

  it("never passes what the hold pays for, all attempts together", () => {
    const second = assigned.after(lose(3), assignB)
    second.when(mark(2, ATTEMPT_B)).rejects({ _tag: "TooManyTokens", jobId: JOB_A, delivered: 5, maxOutputTokens: 4 })
  })

  it("of an attempt that is over does not count", () => {
    const second = assigned.after(lose(1), assignB)
    second.when(mark(2)).rejects({ _tag: "StaleAttempt", jobId: JOB_A, attemptId: ATTEMPT_A, current: ATTEMPT_B })
  })
})

describe("a failed attempt", () => {
  it("keeps its last mark when nobody knows more", () => {
    assigned.after(mark(2)).when(lose(null)).gives({ type: "AttemptFailed", data: { deliveredTokens: 2 } })
  })

  it("is never below its last mark", () => {
    assigned.after(mark(2)).when(lose(1)).gives({ type: "AttemptFailed", data: { deliveredTokens: 2 } })
  })

  it("fails once", () => {
    assigned.after(lose(1)).when(lose(1)).changesNothing()
  })

  it("makes room for the next one", () => {
    const after = assigned.after(lose(1))
    expect(after.state.stage).toBe("submitted")
  })
})

describe("completing", () => {
  const done = assigned.after(complete(3))

  it("ends the job with the network's own count", () => {
    expect(done.state).toMatchObject({ stage: "ended", ended: { reason: "completed", receiptDigest: "r1" } })
    if (done.state.stage !== "ended") throw new Error("still open")
    expect(deliveredTokens(done.state)).toBe(3)
  })

  it("the same receipt twice is one completion", () => {
    done.when(complete(3)).changesNothing()
  })

  it("a second, different receipt is a conflict", () => {
    const forged = done.when(complete(3, { receipt: receipt("r2") }))
    forged.rejects({ _tag: "ReceiptConflict", jobId: JOB_A, attemptId: ATTEMPT_A })
  })

  it("a receipt of an attempt that is over is refused", () => {
    const late = assigned.after(lose(1), assignB).when(complete(3))
    late.rejects({ _tag: "StaleAttempt", jobId: JOB_A, attemptId: ATTEMPT_A, current: ATTEMPT_B })
  })

  it("never counts more than the hold pays for", () => {
    assigned.when(complete(5)).rejects({ _tag: "TooManyTokens", jobId: JOB_A, delivered: 5, maxOutputTokens: 4 })
  })

  it("nothing follows an end", () => {
    done.when(mark(4)).rejects({ _tag: "JobAlreadyEnded", jobId: JOB_A, reason: "completed" })
    done.when(cancel).rejects({ _tag: "JobAlreadyEnded", jobId: JOB_A, reason: "completed" })
  })
})

describe("cancelling", () => {
  it("is remembered until the node has stopped", () => {
    const leaving = assigned.after(cancel)
    expect(isOpen(leaving.state) && leaving.state.cancelRequested).toBe("client left")
    leaving.when(cancel).changesNothing()
  })

  it("is the client's wish: a node that says it stopped does not end a job that nobody cancelled", () => {
    assigned.when(stopped(3)).rejects({ _tag: "CancelNotRequested", jobId: JOB_A })
  })

  it("pays a node that went on all the same no more than one that stopped", () => {
    const long = nothing.after({ ...submitJob, maxOutputTokens: 4_000 }, assignA, mark(10), cancel)
    long.when(complete(4_000)).gives({ type: "JobCompleted", data: { deliveredTokens: 74 } })
  })

  it("of a job that is withdrawn from its client pays no token that came after the last mark", () => {
    const withdrawn: JobCommand = { type: "RequestCancel", jobId: JOB_A, reason: "another_model_answered", at: 1 }
    assigned.after(withdrawn).when(stopped(3)).gives({ type: "JobCancelled", data: { deliveredTokens: 0, reason: "another_model_answered" } })
    assigned.after(mark(2), withdrawn).when(stopped(4)).gives({ type: "JobCancelled", data: { deliveredTokens: 2 } })
  })

  it("pays what was generated until the cancel took effect, at most what was held for", () => {
    assigned.after(cancel).when(stopped(3)).gives({ type: "JobCancelled", data: { deliveredTokens: 3, reason: "client left" } })
    assigned.after(cancel).when(stopped(9)).gives({ type: "JobCancelled", data: { deliveredTokens: 4 } })
  })

  it("is never below the last mark", () => {
    assigned.after(mark(2), cancel).when(stopped(null)).gives({ type: "JobCancelled", data: { deliveredTokens: 2 } })
  })

  it("is confirmed by the attempt at work only", () => {
    const other = assigned.after(lose(1), assignB, cancel).when(stopped(2))
    other.rejects({ _tag: "StaleAttempt", jobId: JOB_A, attemptId: ATTEMPT_A, current: ATTEMPT_B })
  })
})

describe("giving up", () => {
  it("a job expires at its deadline and not before", () => {
    const early: JobCommand = { type: "ExpireJob", jobId: JOB_A, at: DEADLINE_AT - 1 }
    submitted.when(early).rejects({ _tag: "DeadlineNotPassed", jobId: JOB_A, deadlineAt: DEADLINE_AT })
    assigned.after(mark(1)).when({ ...early, at: DEADLINE_AT }).gives({ type: "JobExpired", data: { deliveredTokens: 1 } })
  })

  it("a job is dead-lettered only after its last attempt failed", () => {
    submitted.when(giveUp).rejects({ _tag: "AttemptsLeft", jobId: JOB_A, left: 2 })
    const notEnqueued: JobCommand = { type: "FailAttempt", jobId: JOB_A, attemptId: ATTEMPT_A, reason: "not_enqueued", deliveredTokens: null, at: 2 }
    submitted.after(assignA, notEnqueued).when(giveUp).rejects({ _tag: "AttemptsLeft", jobId: JOB_A, left: 2 })
    assigned.when(giveUp).rejects({ _tag: "AlreadyAssigned", jobId: JOB_A, attemptId: ATTEMPT_A })
    const exhausted = assigned.after(lose(0), assignB, lose(0, ATTEMPT_B))
    exhausted.when(giveUp).gives({ type: "JobDeadLettered", data: { attempts: 2 } })
  })

  it("a failed job keeps what was delivered", () => {
    const fail: JobCommand = { type: "FailJob", jobId: JOB_A, reason: "gateway_lost", at: 2 }
    assigned.after(mark(2)).when(fail).gives({ type: "JobFailed", data: { deliveredTokens: 2, reason: "gateway_lost" } })
    assigned.after(fail).when(fail).changesNothing()
  })
})
