import type { Effect } from "effect"
import type { CancelledJob } from "#commands/job/cancel-job.ts"
import type { InsufficientCredits, NetworkBusy } from "#commands/job/place-hold.ts"
import type { ChatJob, NetworkUnavailable, SubmittedChat } from "#commands/job/submit-chat.ts"
import type { EndReason } from "#domain/credit-ledger/index.ts"
import type { FinishReason, Receipt } from "#domain/job/index.ts"
import type { AttemptId, JobId, NamespaceId } from "#domain/kernel/ids.ts"

/** A failure that nobody expects of a fresh job: an error of ours. */
export interface UnexpectedFailure {
  readonly _tag: string
}

/** The use cases of a chat job with everything they need already bound: what the cloud gateway may do. */
export interface ChatJobs {
  /** Holds the credits and enters the jobs, all or none; answers in their order. May wait for credits that other requests hold. */
  readonly submit: (
    jobs: readonly ChatJob[],
  ) => Effect.Effect<readonly SubmittedChat[], InsufficientCredits | NetworkBusy | NetworkUnavailable | UnexpectedFailure>
  /** The client is gone; a job that ended already is not an error. */
  readonly cancel: (job: CancelledJob) => Effect.Effect<void, UnexpectedFailure>
  /** Puts on record how many tokens of this attempt, in all, the client has. */
  readonly markProgress: (mark: {
    readonly jobId: JobId
    readonly attemptId: AttemptId
    readonly deliveredTokens: number
  }) => Effect.Effect<void, UnexpectedFailure>
  /** How the job ended, or null while it is open. */
  readonly outcome: (jobId: JobId) => Effect.Effect<EndReason | null, UnexpectedFailure>
  /** The client has the whole answer; its end goes on record if nobody else puts it there. */
  readonly confirmCompleted: (completed: {
    readonly jobId: JobId
    readonly attemptId: AttemptId
    readonly finishReason: FinishReason
    readonly deliveredTokens: number
    readonly receipt: Receipt
  }) => Effect.Effect<void, UnexpectedFailure>
  /** Keeps what the client received, encrypted. */
  readonly keepAnswer: (answer: {
    readonly namespaceId: NamespaceId
    readonly jobId: JobId
    readonly text: string
  }) => Effect.Effect<void, UnexpectedFailure>
}
