import type { AttemptId, HoldId, JobId, NamespaceId, NodeId, SessionId } from "../kernel/ids.ts"
import type { AttemptFailure, FinishReason, JobFailure, JobSubmitted, Receipt } from "./events.ts"

export interface SubmitJob extends JobSubmitted {
  readonly type: "SubmitJob"
}

/** Closes the stream of a job that never arrived, before its hold is released. */
export interface VoidJob {
  readonly type: "VoidJob"
  readonly jobId: JobId
  readonly namespaceId: NamespaceId
  readonly holdId: HoldId
  readonly at: number
}

export interface AssignJob {
  readonly type: "AssignJob"
  readonly jobId: JobId
  readonly attemptId: AttemptId
  readonly nodeId: NodeId
  readonly sessionId: SessionId
  readonly payee: string
  readonly at: number
}

export interface MarkProgress {
  readonly type: "MarkProgress"
  readonly jobId: JobId
  readonly attemptId: AttemptId
  /** Of this attempt, in all. */
  readonly deliveredTokens: number
  readonly at: number
}

export interface FailAttempt {
  readonly type: "FailAttempt"
  readonly jobId: JobId
  readonly attemptId: AttemptId
  readonly reason: AttemptFailure
  /** Of this attempt, in all; never below its last mark. Null: nobody knows more than the last mark. */
  readonly deliveredTokens: number | null
  readonly at: number
}

export interface CompleteJob {
  readonly type: "CompleteJob"
  readonly jobId: JobId
  readonly attemptId: AttemptId
  readonly finishReason: FinishReason
  readonly deliveredTokens: number
  readonly receipt: Receipt
  readonly at: number
}

export interface RequestCancel {
  readonly type: "RequestCancel"
  readonly jobId: JobId
  readonly reason: string
  readonly at: number
}

/** The cancel took effect: the node stopped, or nobody was at work. */
export interface ConfirmCancel {
  readonly type: "ConfirmCancel"
  readonly jobId: JobId
  readonly attemptId: AttemptId | null
  readonly deliveredTokens: number | null
  readonly at: number
}

export interface FailJob {
  readonly type: "FailJob"
  readonly jobId: JobId
  readonly reason: JobFailure
  readonly at: number
}

/** Ends the job if its deadline is behind `at`. */
export interface ExpireJob {
  readonly type: "ExpireJob"
  readonly jobId: JobId
  readonly at: number
}

/** Ends the job if its last allowed attempt failed. */
export interface DeadLetterJob {
  readonly type: "DeadLetterJob"
  readonly jobId: JobId
  readonly at: number
}

export type JobCommand =
  | SubmitJob
  | VoidJob
  | AssignJob
  | MarkProgress
  | FailAttempt
  | CompleteJob
  | RequestCancel
  | ConfirmCancel
  | FailJob
  | ExpireJob
  | DeadLetterJob

export type JobRejection =
  | { readonly _tag: "JobNotFound"; readonly jobId: string }
  | { readonly _tag: "JobExists"; readonly jobId: string }
  | { readonly _tag: "JobAlreadyVoided"; readonly jobId: string }
  | { readonly _tag: "JobAlreadyEnded"; readonly jobId: string; readonly reason: string }
  | { readonly _tag: "AlreadyAssigned"; readonly jobId: string; readonly attemptId: string }
  | { readonly _tag: "CancelPending"; readonly jobId: string }
  | { readonly _tag: "CancelNotRequested"; readonly jobId: string }
  | { readonly _tag: "AttemptsExhausted"; readonly jobId: string; readonly attempts: number }
  | { readonly _tag: "AttemptsLeft"; readonly jobId: string; readonly left: number }
  | { readonly _tag: "StaleAttempt"; readonly jobId: string; readonly attemptId: string; readonly current: string | null }
  | { readonly _tag: "ReceiptConflict"; readonly jobId: string; readonly attemptId: string }
  | { readonly _tag: "DeadlineNotPassed"; readonly jobId: string; readonly deadlineAt: number }
  | { readonly _tag: "TooManyTokens"; readonly jobId: string; readonly delivered: number; readonly maxOutputTokens: number }
