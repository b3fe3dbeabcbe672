import { Schema } from "effect"
import { eventCodec, type EventOf } from "../kernel/event-codec.ts"
import { AttemptId, HoldId, JobId, KeyId, NamespaceId, NodeId, TimeMs } from "../kernel/ids.ts"
import { MicroCredits, Posting } from "../kernel/money.ts"
import { Quote } from "../policies/pricing.ts"

/** What one attempt delivered and what its node's owner earned for it. */
export const OperatorShare = Schema.Struct({
  payee: Schema.String,
  nodeId: NodeId,
  attemptId: AttemptId,
  tokens: Schema.Int,
  amount: MicroCredits,
})
export type OperatorShare = typeof OperatorShare.Type

/** What was asked for and how long it took, for reports. */
export const EndedRequest = Schema.Struct({
  /** `/v1/chat/completions`; `unknown` for jobs from before it was recorded. */
  endpoint: Schema.String,
  mode: Schema.String,
  /** From its submission to its end. */
  durationMs: Schema.Int,
  /** The part of it in which the completing node's model was not at work: queueing, routing, the network. Null where no node completed it. */
  latencyMs: Schema.NullOr(Schema.Int),
})
export type EndedRequest = typeof EndedRequest.Type

/** Why a hold ended: the end of its job. */
export const EndReason = Schema.Literals([
  "completed",
  "cancelled",
  "failed",
  "expired",
  "dead_lettered",
  "never_submitted",
])
export type EndReason = typeof EndReason.Type

export const schemas = {
  /** New credits for the namespace, from the grants account. */
  CreditsGranted: Schema.Struct({
    namespaceId: NamespaceId,
    grantId: Schema.String,
    amount: MicroCredits,
    reason: Schema.String,
    postings: Schema.Array(Posting),
    at: TimeMs,
  }),
  /** Credits set aside for one job, before it is dispatched. After `expiresAt` the watchdog may end it. */
  HoldPlaced: Schema.Struct({
    namespaceId: NamespaceId,
    holdId: HoldId,
    jobId: JobId,
    keyId: KeyId,
    amount: MicroCredits,
    quote: Quote,
    postings: Schema.Array(Posting),
    at: TimeMs,
    expiresAt: TimeMs,
    /** Whose spending limits it counts for; without it `keyId` itself. */
    rootKeyId: Schema.optionalKey(KeyId),
  }),
  /** The hold's end with a charge: price to operators and platform, the rest back. */
  HoldSettled: Schema.Struct({
    namespaceId: NamespaceId,
    holdId: HoldId,
    jobId: JobId,
    keyId: KeyId,
    reason: EndReason,
    model: Schema.String,
    promptTokens: Schema.Int,
    completionTokens: Schema.Int,
    price: MicroCredits,
    shares: Schema.Array(OperatorShare),
    postings: Schema.Array(Posting),
    request: Schema.optionalKey(EndedRequest),
    at: TimeMs,
  }),
  /** The hold's end without a charge: nothing was delivered. */
  HoldReleased: Schema.Struct({
    namespaceId: NamespaceId,
    holdId: HoldId,
    jobId: JobId,
    keyId: KeyId,
    reason: EndReason,
    model: Schema.String,
    amount: MicroCredits,
    postings: Schema.Array(Posting),
    /** Absent where the job never came. */
    request: Schema.optionalKey(EndedRequest),
    at: TimeMs,
  }),
  /** Credits on their way to another namespace of the same account. */
  CreditsSent: Schema.Struct({
    namespaceId: NamespaceId,
    transferId: Schema.String,
    toNamespaceId: NamespaceId,
    amount: MicroCredits,
    postings: Schema.Array(Posting),
    at: TimeMs,
  }),
  /** They arrived. */
  CreditsReceived: Schema.Struct({
    namespaceId: NamespaceId,
    transferId: Schema.String,
    fromNamespaceId: NamespaceId,
    amount: MicroCredits,
    postings: Schema.Array(Posting),
    at: TimeMs,
  }),
  /** On record at the sender that they arrived. */
  TransferCompleted: Schema.Struct({ namespaceId: NamespaceId, transferId: Schema.String, at: TimeMs }),
  /** They could not arrive, the other ledger was closed meanwhile, and are back where they came from. */
  CreditsReturned: Schema.Struct({
    namespaceId: NamespaceId,
    transferId: Schema.String,
    toNamespaceId: NamespaceId,
    amount: MicroCredits,
    postings: Schema.Array(Posting),
    at: TimeMs,
  }),
  /** Empty, and nothing comes in any more: its namespace is being deleted. */
  LedgerClosed: Schema.Struct({ namespaceId: NamespaceId, at: TimeMs }),
}

export const codec = eventCodec(schemas)
export type LedgerEvent = EventOf<typeof schemas>
