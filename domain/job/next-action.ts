import type { EndedRequest, EndReason, ServedAttempt } from "../credit-ledger/index.ts"
import type { AttemptId, HoldId, NamespaceId, NodeId } from "../kernel/ids.ts"
import type { Withdrawal } from "./decide-end.ts"
import { type Attempt, countedAttempts, currentAttempt, deliveredTokens, type EndedJob, isOpen, type Job } from "./state.ts"

/** What the network owes this job now. Losing or repeating a tap is harmless: the answer comes from the state alone. */
export type JobAction =
  | { readonly type: "nothing" }
  | { readonly type: "assign"; readonly resumeFromTokens: number }
  | { readonly type: "expire" }
  | { readonly type: "fail-attempt"; readonly attemptId: AttemptId; readonly nodeId: NodeId }
  | { readonly type: "dead-letter" }
  | { readonly type: "confirm-cancel" }
  | { readonly type: "stop-node"; readonly attempt: Attempt }
  | {
      readonly type: "settle"
      readonly namespaceId: NamespaceId
      readonly holdId: HoldId
      readonly reason: EndReason
      readonly completionTokens: number
      readonly served: readonly ServedAttempt[]
      readonly request: EndedRequest
    }
  | {
      readonly type: "release"
      readonly namespaceId: NamespaceId
      readonly holdId: HoldId
      readonly reason: EndReason
      /** Null: the job never came. */
      readonly request: EndedRequest | null
    }

export const nextAction = (job: Job, at: number): JobAction => {
  if (job.stage === "absent") return { type: "nothing" }
  if (job.stage === "voided") {
    return { type: "release", namespaceId: job.namespaceId, holdId: job.holdId, reason: "never_submitted", request: null }
  }
  const { namespaceId, holdId } = job.submitted
  if (!isOpen(job)) {
    const { reason } = job.ended
    const completionTokens = deliveredTokens(job)
    const request = endedRequest(job)
    if (!isOwed(job, completionTokens)) return { type: "release", namespaceId, holdId, reason, request }
    return { type: "settle", namespaceId, holdId, reason, completionTokens, served: servedAttempts(job.attempts, reason), request }
  }
  if (at >= job.submitted.deadlineAt) return { type: "expire" }
  const current = currentAttempt(job)
  if (current === null) {
    if (job.cancelRequested !== null) return { type: "confirm-cancel" }
    if (countedAttempts(job) > job.submitted.retryLimit) return { type: "dead-letter" }
    return { type: "assign", resumeFromTokens: deliveredTokens(job) }
  }
  if (at >= current.expiresAt) return { type: "fail-attempt", attemptId: current.attemptId, nodeId: current.nodeId }
  return job.cancelRequested === null ? { type: "nothing" } : { type: "stop-node", attempt: current }
}

/** Reasons of a cancel that are the client's own. */
const CLIENTS_WISH: ReadonlySet<string | null> = new Set(["client_disconnected", "slow_client"])
/** Another gateway has taken over what this job was to answer. */
export const REPLACED = "request_replaced"

/** Whoever asked has the answer from another job, or was told that none came to be. */
const FOR_NOBODY: ReadonlySet<string | null> = new Set([REPLACED, "another_model_answered" satisfies Withdrawal, "submit_outcome_unknown" satisfies Withdrawal])

/**
 * Whether the client of an ended job has something to pay for: a complete answer that nobody called off, even an empty one. Otherwise a
 * stream's client has what came; whoever waits for the whole has nothing, and pays for it only where it was the client who ended it. A
 * stream that can be asked for again begins anew when its gateway is lost.
 */
const isOwed = ({ submitted: { mode, repeatable = false }, ended: { reason, cause } }: EndedJob, tokens: number): boolean => {
  if (reason === "completed" && cause === null) return true
  if (tokens === 0 || FOR_NOBODY.has(cause)) return false
  if (mode === "stream") return !(repeatable && reason === "failed")
  return (reason === "cancelled" || reason === "completed") && CLIENTS_WISH.has(cause)
}

/** Clocks of two machines may disagree by a little: no time is below zero. */
const endedRequest = ({ submitted, ended }: EndedJob): EndedRequest => {
  const durationMs = Math.max(0, ended.at - submitted.at)
  const latencyMs = ended.inferenceMs === null ? null : Math.max(0, durationMs - ended.inferenceMs)
  return { endpoint: submitted.endpoint ?? "unknown", mode: submitted.mode, durationMs, latencyMs }
}

/** Attempts that delivered something; the last attempt of a completed job counts even when its answer was empty. */
const servedAttempts = (attempts: readonly Attempt[], reason: EndReason): readonly ServedAttempt[] =>
  attempts
    .filter((attempt) => attempt.deliveredTokens > 0 || (reason === "completed" && !attempt.failed))
    .map(({ payee, nodeId, attemptId, deliveredTokens }) => ({ payee, nodeId, attemptId, tokens: deliveredTokens }))
