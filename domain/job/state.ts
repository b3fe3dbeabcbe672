import { foldWith } from "../kernel/decider.ts"
import type { AttemptId, HoldId, NamespaceId, NodeId, SessionId } from "../kernel/ids.ts"
import type { EndReason } from "../credit-ledger/index.ts"
import type { AttemptFailure, JobEvent, JobSubmitted } from "./events.ts"

export interface Attempt {
  readonly attemptId: AttemptId
  readonly attempt: number
  readonly nodeId: NodeId
  readonly sessionId: SessionId
  readonly payee: string
  readonly expiresAt: number
  /** Tokens of this attempt that reached the client, as far as the log knows. */
  readonly deliveredTokens: number
  readonly failed: boolean
  /** When it failed; its job has waited for another node since then. */
  readonly failedAt: number | null
  readonly failure: AttemptFailure | null
}

export interface Ended {
  readonly reason: EndReason
  readonly at: number
  /** The attempt whose receipt completed the job, where one did. */
  readonly receiptDigest: string | null
  /** How long the model was at work, by the receipt of the node that completed the job; null where none did. */
  readonly inferenceMs: number | null
  /** Why it was cancelled, or was to be when it ended otherwise; null where nobody wished that. */
  readonly cause: string | null
}

export type Job =
  | { readonly stage: "absent" }
  | { readonly stage: "voided"; readonly namespaceId: NamespaceId; readonly holdId: HoldId }
  | {
      readonly stage: "submitted" | "assigned" | "running"
      readonly submitted: JobSubmitted
      readonly attempts: readonly Attempt[]
      readonly cancelRequested: string | null
    }
  | {
      readonly stage: "ended"
      readonly submitted: JobSubmitted
      readonly attempts: readonly Attempt[]
      readonly ended: Ended
    }

export type OpenJob = Extract<Job, { readonly attempts: readonly Attempt[]; readonly cancelRequested: string | null }>
export type EndedJob = Extract<Job, { stage: "ended" }>

export const initial: Job = { stage: "absent" }

export const isOpen = (job: Job): job is OpenJob =>
  job.stage === "submitted" || job.stage === "assigned" || job.stage === "running"

/** The attempt that is at work now, or null between attempts. */
export const currentAttempt = (job: OpenJob): Attempt | null => {
  const last = job.attempts.at(-1)
  return last === undefined || last.failed ? null : last
}

/** Sessions that ended while they had this job: they never come back. */
export const goneSessions = (job: OpenJob): readonly SessionId[] =>
  job.attempts.filter(({ failure }) => failure === "node_gone").map(({ sessionId }) => sessionId)

/** Attempts that count against the job's limit: not those that never came to their node, which its deadline bounds. */
export const countedAttempts = (job: OpenJob): number => job.attempts.filter(({ failure }) => failure !== "not_enqueued").length

/** Since when a job without an attempt at work waits for a node. */
export const waitingSince = (job: OpenJob): number => job.attempts.at(-1)?.failedAt ?? job.submitted.at

export const deliveredTokens = (job: OpenJob | EndedJob): number =>
  job.attempts.reduce((sum, attempt) => sum + attempt.deliveredTokens, 0)

const withDelivered = (
  attempts: readonly Attempt[],
  attemptId: AttemptId | null,
  change: Partial<Attempt>,
): readonly Attempt[] => attempts.map((attempt) => (attempt.attemptId === attemptId ? { ...attempt, ...change } : attempt))

const END_REASONS = {
  JobCompleted: "completed",
  JobCancelled: "cancelled",
  JobFailed: "failed",
  JobExpired: "expired",
} as const

const apply = (job: Job, event: JobEvent): Job => {
  if (event.type === "JobSubmitted") {
    return { stage: "submitted", submitted: event.data, attempts: [], cancelRequested: null }
  }
  if (event.type === "JobVoided") {
    return { stage: "voided", namespaceId: event.data.namespaceId, holdId: event.data.holdId }
  }
  if (!isOpen(job)) return job
  switch (event.type) {
    case "JobAssigned": {
      const { attemptId, attempt, nodeId, sessionId, payee, expiresAt } = event.data
      const next = { attemptId, attempt, nodeId, sessionId, payee, expiresAt, deliveredTokens: 0, failed: false, failedAt: null, failure: null }
      return { ...job, stage: "assigned", attempts: [...job.attempts, next] }
    }
    case "ProgressMarked": {
      const { attemptId, deliveredTokens } = event.data
      return { ...job, stage: "running", attempts: withDelivered(job.attempts, attemptId, { deliveredTokens }) }
    }
    case "AttemptFailed": {
      const { attemptId, deliveredTokens, at, reason: failure } = event.data
      const attempts = withDelivered(job.attempts, attemptId, { deliveredTokens, failed: true, failedAt: at, failure })
      return { ...job, stage: "submitted", attempts }
    }
    case "JobCancelRequested":
      return { ...job, cancelRequested: event.data.reason }
    case "JobDeadLettered": {
      const ended: Ended = { reason: "dead_lettered", at: event.data.at, receiptDigest: null, inferenceMs: null, cause: job.cancelRequested }
      return { stage: "ended", submitted: job.submitted, attempts: job.attempts, ended }
    }
    case "JobCompleted":
    case "JobCancelled":
    case "JobFailed":
    case "JobExpired": {
      const { attemptId, deliveredTokens, at } = event.data
      const receipt = event.type === "JobCompleted" ? event.data.receipt : null
      const cause = event.type === "JobCancelled" ? event.data.reason : job.cancelRequested
      return {
        stage: "ended",
        submitted: job.submitted,
        attempts: withDelivered(job.attempts, attemptId, { deliveredTokens }),
        ended: { reason: END_REASONS[event.type], at, receiptDigest: receipt?.digest ?? null, inferenceMs: receipt?.durationMs ?? null, cause },
      }
    }
  }
}

export const fold = foldWith(apply)

/** Delivered tokens never exceed what was held for; at most one attempt is unfinished. */
export const invariant = (job: Job): string | null => {
  if (!isOpen(job) && job.stage !== "ended") return null
  const delivered = deliveredTokens(job)
  if (delivered > job.submitted.maxOutputTokens) {
    return `delivered ${delivered} of at most ${job.submitted.maxOutputTokens} tokens`
  }
  const unfinished = job.attempts.filter((attempt) => !attempt.failed).length
  return unfinished > 1 ? `${unfinished} attempts at once` : null
}
