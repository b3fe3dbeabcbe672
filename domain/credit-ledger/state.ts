import { PersistentMap } from "../kernel/persistent-map.ts"
import { foldWith } from "../kernel/decider.ts"
import type { HoldId, JobId, KeyId, NamespaceId } from "../kernel/ids.ts"
import type { Quote } from "../policies/pricing.ts"
import type { LedgerEvent } from "./events.ts"
import { type KeySpend, spendAt, withSpend } from "./key-spend.ts"

export type Hold =
  | {
      readonly stage: "held"
      readonly holdId: HoldId
      readonly jobId: JobId
      readonly keyId: KeyId
      readonly amount: bigint
      readonly quote: Quote
      readonly expiresAt: number
      /** For whose limits and in which day and month it counts. */
      readonly rootKeyId: KeyId
      readonly day: number
      readonly month: number
    }
  | { readonly stage: "settled"; readonly jobId: JobId; readonly price: bigint; readonly completionTokens: number }
  | { readonly stage: "released"; readonly jobId: JobId }

export interface SentTransfer {
  readonly toNamespaceId: NamespaceId
  readonly amount: bigint
  readonly stage: "sent" | "arrived" | "returned"
}

export interface ReceivedTransfer {
  readonly fromNamespaceId: NamespaceId
  readonly amount: bigint
}

/** One namespace's credits, all in micro-credits. */
export interface CreditLedger {
  readonly available: bigint
  readonly held: bigint
  readonly spent: bigint
  readonly granted: bigint
  /** From other namespaces, less what went to them. */
  readonly transferred: bigint
  /** Sent and not yet known to have arrived. */
  readonly inTransfer: bigint
  readonly closed: boolean
  readonly grants: PersistentMap<bigint>
  readonly holds: PersistentMap<Hold>
  readonly sent: PersistentMap<SentTransfer>
  readonly received: PersistentMap<ReceivedTransfer>
  /** By the first key of a line of rotated ones. */
  readonly spending: PersistentMap<KeySpend>
}

export const initial: CreditLedger = {
  available: 0n,
  held: 0n,
  spent: 0n,
  granted: 0n,
  transferred: 0n,
  inTransfer: 0n,
  closed: false,
  grants: PersistentMap.empty(),
  holds: PersistentMap.empty(),
  sent: PersistentMap.empty(),
  received: PersistentMap.empty(),
  spending: PersistentMap.empty(),
}

type EventData<Type extends LedgerEvent["type"]> = Extract<LedgerEvent, { type: Type }>["data"]

const placed = (state: CreditLedger, data: EventData<"HoldPlaced">): CreditLedger => {
  const { holdId, jobId, keyId, amount, quote, expiresAt, rootKeyId = keyId } = data
  const spend = spendAt(state.spending.get(rootKeyId), data.at)
  const [day, month] = [spend.day.number, spend.month.number]
  return {
    ...state,
    available: state.available - amount,
    held: state.held + amount,
    holds: state.holds.set(holdId, { stage: "held", holdId, jobId, keyId, amount, quote, expiresAt, rootKeyId, day, month }),
    spending: state.spending.set(rootKeyId, withSpend(spend, { day, month, held: amount, settled: 0n })),
  }
}

/** `price` is zero for a release. */
const ended = (state: CreditLedger, holdId: HoldId, price: bigint): CreditLedger => {
  const hold = state.holds.get(holdId)
  if (hold?.stage !== "held") return { ...state, available: state.available - price, spent: state.spent + price }
  const { amount, rootKeyId, day, month } = hold
  const spend = state.spending.get(rootKeyId)
  return {
    ...state,
    available: state.available + amount - price,
    held: state.held - amount,
    spent: state.spent + price,
    spending: spend === undefined ? state.spending : state.spending.set(rootKeyId, withSpend(spend, { day, month, held: -amount, settled: price })),
  }
}

const moved = (state: CreditLedger, amount: bigint): CreditLedger => ({
  ...state, available: state.available + amount, transferred: state.transferred + amount,
})

const endedTransfer = (state: CreditLedger, transferId: string, stage: "arrived" | "returned"): CreditLedger => {
  const transfer = state.sent.get(transferId)
  if (transfer?.stage !== "sent") return state
  return { ...state, sent: state.sent.set(transferId, { ...transfer, stage }), inTransfer: state.inTransfer - transfer.amount }
}

const apply = (state: CreditLedger, event: LedgerEvent): CreditLedger => {
  switch (event.type) {
    case "CreditsGranted": {
      const { grantId, amount } = event.data
      const grants = state.grants.set(grantId, amount)
      return { ...state, available: state.available + amount, granted: state.granted + amount, grants }
    }
    case "HoldPlaced":
      return placed(state, event.data)
    case "HoldSettled": {
      const { holdId, jobId, price, completionTokens } = event.data
      const next = ended(state, holdId, price)
      return { ...next, holds: state.holds.set(holdId, { stage: "settled", jobId, price, completionTokens }) }
    }
    case "HoldReleased": {
      const { holdId, jobId } = event.data
      return { ...ended(state, holdId, 0n), holds: state.holds.set(holdId, { stage: "released", jobId }) }
    }
    case "CreditsSent": {
      const { transferId, toNamespaceId, amount } = event.data
      const sent = state.sent.set(transferId, { toNamespaceId, amount, stage: "sent" })
      return { ...moved(state, -amount), sent, inTransfer: state.inTransfer + amount }
    }
    case "CreditsReceived": {
      const { transferId, fromNamespaceId, amount } = event.data
      return { ...moved(state, amount), received: state.received.set(transferId, { fromNamespaceId, amount }) }
    }
    case "TransferCompleted":
      return endedTransfer(state, event.data.transferId, "arrived")
    case "CreditsReturned":
      return endedTransfer(moved(state, event.data.amount), event.data.transferId, "returned")
    case "LedgerClosed":
      return { ...state, closed: true }
  }
}

export const fold = foldWith(apply)

/** Nothing negative, and every credit that came in is available, held or spent. */
export const invariant = (state: CreditLedger): string | null => {
  if (state.available < 0n) return `available is negative: ${state.available}`
  if (state.held < 0n) return `held is negative: ${state.held}`
  if (state.inTransfer < 0n) return `in transfer is negative: ${state.inTransfer}`
  if (state.closed && state.available + state.held + state.inTransfer !== 0n) return "closed with credits in it"
  const total = state.available + state.held + state.spent
  const came = state.granted + state.transferred
  return total === came ? null : `available + held + spent is ${total}, granted and transferred is ${came}`
}
