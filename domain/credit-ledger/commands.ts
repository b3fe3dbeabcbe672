import type { AttemptId, HoldId, JobId, KeyId, NamespaceId, NodeId } from "../kernel/ids.ts"
import type { Quote } from "../policies/pricing.ts"
import type { EndedRequest, EndReason } from "./events.ts"

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
  readonly spendLimits: SpendLimits | null
  readonly at: number
  readonly expiresAt: number
}

/** What a key may spend, in micro-credits of a UTC day and month; null: any amount. Rotated keys count as their first one. */
export interface SpendLimits {
  readonly rootKeyId: KeyId
  readonly perDay: bigint | null
  readonly perMonth: bigint | null
}

/** Takes credits out for another namespace, whose ledger receives them with `ReceiveCredits`. */
export interface SendCredits {
  readonly type: "SendCredits"
  readonly namespaceId: NamespaceId
  readonly transferId: string
  readonly toNamespaceId: NamespaceId
  readonly amount: bigint
  readonly at: number
}

export interface ReceiveCredits {
  readonly type: "ReceiveCredits"
  readonly namespaceId: NamespaceId
  readonly transferId: string
  readonly fromNamespaceId: NamespaceId
  readonly amount: bigint
  readonly at: number
}

/** For a transfer that its receiver has. */
export interface CompleteTransfer {
  readonly type: "CompleteTransfer"
  readonly namespaceId: NamespaceId
  readonly transferId: string
  readonly at: number
}

/** For a transfer that its receiver refused for ever. */
export interface ReturnCredits {
  readonly type: "ReturnCredits"
  readonly namespaceId: NamespaceId
  readonly transferId: string
  readonly at: number
}

export interface CloseLedger {
  readonly type: "CloseLedger"
  readonly namespaceId: NamespaceId
  readonly at: number
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
  readonly request?: EndedRequest
  readonly at: number
}

export interface ReleaseHold {
  readonly type: "ReleaseHold"
  readonly namespaceId: NamespaceId
  readonly holdId: HoldId
  readonly reason: EndReason
  readonly request?: EndedRequest
  readonly at: number
}

export type LedgerCommand =
  | GrantCredits | HoldCredits | HoldCreditsTogether | SettleHold | ReleaseHold | SendCredits | ReceiveCredits | CompleteTransfer
  | ReturnCredits | CloseLedger

export type LedgerRejection =
  /** `held` may come back soon: a caller may wait for it when `available + held` covers `required`. */
  | { readonly _tag: "InsufficientCredits"; readonly available: bigint; readonly held: bigint; readonly required: bigint }
  /** `settled` is spent, `held` may become less; all of `limit`'s period. */
  | {
      readonly _tag: "SpendLimitReached"
      readonly period: "day" | "month"
      readonly limit: bigint
      readonly settled: bigint
      readonly held: bigint
      readonly required: bigint
    }
  | { readonly _tag: "GrantNotPositive"; readonly amount: bigint }
  | { readonly _tag: "GrantConflict"; readonly grantId: string; readonly granted: bigint; readonly offered: bigint }
  | { readonly _tag: "HoldConflict"; readonly holdId: string; readonly jobId: string }
  | { readonly _tag: "HoldNotFound"; readonly holdId: string }
  | { readonly _tag: "HoldAlreadyEnded"; readonly holdId: string; readonly stage: "settled" | "released" }
  | { readonly _tag: "TransferNotPositive"; readonly amount: bigint }
  | { readonly _tag: "TransferToItself"; readonly transferId: string }
  | { readonly _tag: "TransferConflict"; readonly transferId: string }
  | { readonly _tag: "TransferNotFound"; readonly transferId: string }
  | { readonly _tag: "TransferAlreadyEnded"; readonly transferId: string; readonly stage: "arrived" | "returned" }
  | { readonly _tag: "LedgerNotEmpty"; readonly available: bigint; readonly held: bigint; readonly inTransfer: bigint }
  | { readonly _tag: "LedgerIsClosed"; readonly namespaceId: string }
