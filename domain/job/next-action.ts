import type { EndReason, ServedAttempt } from "../credit-ledger/index.ts"
import type { AttemptId, HoldId, NamespaceId, NodeId } from "../kernel/ids.ts"
import { type Attempt, countedAttempts, currentAttempt, deliveredTokens, isOpen, type Job } from "./state.ts"

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
    }
  | { readonly type: "release"; readonly namespaceId: NamespaceId; readonly holdId: HoldId; readonly reason: EndReason }

export const nextAction = (job: Job, at: number): JobAction => {
  if (job.stage === "absent") return { type: "nothing" }
  if (job.stage === "voided") {
    return { type: "release", namespaceId: job.namespaceId, holdId: job.holdId, reason: "never_submitted" }
  }
  const { namespaceId, holdId } = job.submitted
  if (!isOpen(job)) {
    const { reason } = job.ended
    const completionTokens = deliveredTokens(job)
    if (reason !== "completed" && completionTokens === 0) return { type: "release", namespaceId, holdId, reason }
    return { type: "settle", namespaceId, holdId, reason, completionTokens, served: servedAttempts(job.attempts, reason) }
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

/** Attempts that delivered something; the last attempt of a completed job counts even when its answer was empty. */
const servedAttempts = (attempts: readonly Attempt[], reason: EndReason): readonly ServedAttempt[] =>
  attempts
    .filter((attempt) => attempt.deliveredTokens > 0 || (reason === "completed" && !attempt.failed))
    .map(({ payee, nodeId, attemptId, deliveredTokens }) => ({ payee, nodeId, attemptId, tokens: deliveredTokens }))
