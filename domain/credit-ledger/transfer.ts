import { Result } from "effect"
import { availableAccount, TRANSFERS_ACCOUNT } from "./accounts.ts"
import type { CloseLedger, CompleteTransfer, LedgerRejection, ReceiveCredits, ReturnCredits, SendCredits } from "./commands.ts"
import type { LedgerEvent } from "./events.ts"
import type { CreditLedger } from "./state.ts"

type Decision = Result.Result<readonly LedgerEvent[], LedgerRejection>

export const send = (command: SendCredits, state: CreditLedger): Decision => {
  const { type: _, ...data } = command
  const { namespaceId, transferId, toNamespaceId, amount } = command
  if (amount <= 0n) return Result.fail({ _tag: "TransferNotPositive", amount })
  if (toNamespaceId === namespaceId) return Result.fail({ _tag: "TransferToItself", transferId })
  const known = state.sent.get(transferId)
  if (known !== undefined) {
    const same = known.toNamespaceId === toNamespaceId && known.amount === amount
    return same ? Result.succeed([]) : Result.fail({ _tag: "TransferConflict", transferId })
  }
  const { available, held } = state
  if (available < amount) return Result.fail({ _tag: "InsufficientCredits", available, held, required: amount })
  const postings = [
    { account: availableAccount(namespaceId), amount: -amount },
    { account: TRANSFERS_ACCOUNT, amount },
  ]
  return Result.succeed([{ type: "CreditsSent", data: { ...data, postings } }])
}

export const receive = (command: ReceiveCredits, state: CreditLedger): Decision => {
  const { type: _, ...data } = command
  const { namespaceId, transferId, fromNamespaceId, amount } = command
  if (amount <= 0n) return Result.fail({ _tag: "TransferNotPositive", amount })
  const known = state.received.get(transferId)
  if (known !== undefined) {
    const same = known.fromNamespaceId === fromNamespaceId && known.amount === amount
    return same ? Result.succeed([]) : Result.fail({ _tag: "TransferConflict", transferId })
  }
  if (state.closed) return Result.fail({ _tag: "LedgerIsClosed", namespaceId })
  const postings = [
    { account: TRANSFERS_ACCOUNT, amount: -amount },
    { account: availableAccount(namespaceId), amount },
  ]
  return Result.succeed([{ type: "CreditsReceived", data: { ...data, postings } }])
}

export const complete = ({ namespaceId, transferId, at }: CompleteTransfer, state: CreditLedger): Decision => {
  const known = state.sent.get(transferId)
  if (known === undefined) return Result.fail({ _tag: "TransferNotFound", transferId })
  if (known.stage === "arrived") return Result.succeed([])
  if (known.stage === "returned") return Result.fail({ _tag: "TransferAlreadyEnded", transferId, stage: known.stage })
  return Result.succeed([{ type: "TransferCompleted", data: { namespaceId, transferId, at } }])
}

export const takeBack = ({ namespaceId, transferId, at }: ReturnCredits, state: CreditLedger): Decision => {
  const known = state.sent.get(transferId)
  if (known === undefined) return Result.fail({ _tag: "TransferNotFound", transferId })
  if (known.stage === "returned") return Result.succeed([])
  if (known.stage === "arrived") return Result.fail({ _tag: "TransferAlreadyEnded", transferId, stage: known.stage })
  const { toNamespaceId, amount } = known
  const postings = [
    { account: TRANSFERS_ACCOUNT, amount: -amount },
    { account: availableAccount(namespaceId), amount },
  ]
  return Result.succeed([{ type: "CreditsReturned", data: { namespaceId, transferId, toNamespaceId, amount, postings, at } }])
}

/** For ever, and only when it is empty: nothing held, and nothing on its way that could come back. */
export const close = ({ namespaceId, at }: CloseLedger, { closed, available, held, inTransfer }: CreditLedger): Decision => {
  if (closed) return Result.succeed([])
  if (available + held + inTransfer !== 0n) return Result.fail({ _tag: "LedgerNotEmpty", available, held, inTransfer })
  return Result.succeed([{ type: "LedgerClosed", data: { namespaceId, at } }])
}
