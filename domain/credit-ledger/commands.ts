import type { AttemptId, HoldId, JobId, KeyId, NamespaceId, NodeId } from "../kernel/ids.ts"
import type { Quote } from "../policies/pricing.ts"
import type { EndReason } from "./events.ts"

export interface GrantCredits {
  readonly type: "GrantCredits"
  readonly namespaceId: NamespaceId
  readonly grantId: string
  readonly amount: bigint
  readonly reason: string
  readonly at: number
}

/**
 * Sets credits aside for a job. `quote.maxOutputTokens` is what is wanted; when the whole balance, open holds included, cannot pay
 * that, the hold shrinks to what is available as long as `minimumOutputTokens` still fit.
 */
export interface HoldCredits {
  readonly type: "HoldCredits"
  readonly namespaceId: NamespaceId
  readonly holdId: HoldId
  readonly jobId: JobId
  readonly keyId: KeyId
  readonly quote: Quote
  readonly minimumOutputTokens: number
  readonly at: number
  readonly expiresAt: number
}

/** All of these or none; of one request, on this ledger. */
export interface HoldCreditsTogether {
  readonly type: "HoldCreditsTogether"
  readonly namespaceId: NamespaceId
  readonly holds: readonly HoldCredits[]
}

export interface ServedAttempt {
  readonly payee: string
  readonly nodeId: NodeId
  readonly attemptId: AttemptId
  readonly tokens: number
}

export interface SettleHold {
  readonly type: "SettleHold"
  readonly namespaceId: NamespaceId
  readonly holdId: HoldId
  readonly reason: EndReason
  readonly completionTokens: number
  /** The attempts that delivered, in order; their tokens weigh the operators' share. */
  readonly served: readonly ServedAttempt[]
  readonly at: number
}

export interface ReleaseHold {
  readonly type: "ReleaseHold"
  readonly namespaceId: NamespaceId
  readonly holdId: HoldId
  readonly reason: EndReason
  readonly at: number
}

export type LedgerCommand = GrantCredits | HoldCredits | HoldCreditsTogether | SettleHold | ReleaseHold

export type LedgerRejection =
  /** `held` may come back soon: a caller may wait for it when `available + held` covers `required`. */
  | { readonly _tag: "InsufficientCredits"; readonly available: bigint; readonly held: bigint; readonly required: bigint }
  | { readonly _tag: "GrantNotPositive"; readonly amount: bigint }
  | { readonly _tag: "GrantConflict"; readonly grantId: string; readonly granted: bigint; readonly offered: bigint }
  | { readonly _tag: "HoldConflict"; readonly holdId: string; readonly jobId: string }
  | { readonly _tag: "HoldNotFound"; readonly holdId: string }
  | { readonly _tag: "HoldAlreadyEnded"; readonly holdId: string; readonly stage: "settled" | "released" }
