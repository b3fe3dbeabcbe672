import { Result } from "effect"
import type { Decider } from "../kernel/decider.ts"
import { availableAccount, GRANTS_ACCOUNT, heldAccount } from "./accounts.ts"
import type { GrantCredits, LedgerCommand, LedgerRejection, ReleaseHold, SettleHold } from "./commands.ts"
import { codec, type LedgerEvent } from "./events.ts"
import { hold } from "./hold.ts"
import { holdTogether } from "./hold-together.ts"
import { settlement } from "./settlement.ts"
import { type CreditLedger, fold, initial, invariant } from "./state.ts"
import { close, complete, receive, send, takeBack } from "./transfer.ts"

type Decision = Result.Result<readonly LedgerEvent[], LedgerRejection>

const grant = (command: GrantCredits, state: CreditLedger): Decision => {
  const { type: _, ...data } = command
  if (command.amount <= 0n) return Result.fail({ _tag: "GrantNotPositive", amount: command.amount })
  const granted = state.grants.get(command.grantId)
  if (granted !== undefined) {
    if (granted === command.amount) return Result.succeed([])
    return Result.fail({ _tag: "GrantConflict", grantId: command.grantId, granted, offered: command.amount })
  }
  const postings = [
    { account: availableAccount(command.namespaceId), amount: command.amount },
    { account: GRANTS_ACCOUNT, amount: -command.amount },
  ]
  return Result.succeed([{ type: "CreditsGranted", data: { ...data, postings } }])
}

const settle = (command: SettleHold, state: CreditLedger): Decision => {
  const known = state.holds.get(command.holdId)
  if (known === undefined) return Result.fail({ _tag: "HoldNotFound", holdId: command.holdId })
  if (known.stage === "held") return Result.succeed([{ type: "HoldSettled", data: settlement(command, known) }])
  const same = known.stage === "settled" && known.completionTokens === command.completionTokens
  return same
    ? Result.succeed([])
    : Result.fail({ _tag: "HoldAlreadyEnded", holdId: command.holdId, stage: known.stage })
}

const release = (command: ReleaseHold, state: CreditLedger): Decision => {
  const { holdId, namespaceId, reason, at } = command
  const known = state.holds.get(holdId)
  if (known === undefined) return Result.fail({ _tag: "HoldNotFound", holdId })
  if (known.stage === "released") return Result.succeed([])
  if (known.stage === "settled") return Result.fail({ _tag: "HoldAlreadyEnded", holdId, stage: known.stage })
  const { jobId, keyId, amount, quote } = known
  const postings = [
    { account: heldAccount(namespaceId), amount: -amount },
    { account: availableAccount(namespaceId), amount },
  ]
  return Result.succeed([
    {
      type: "HoldReleased",
      data: {
        namespaceId, holdId, jobId, keyId, reason, model: quote.model, amount, postings, at,
        ...(command.request !== undefined && { request: command.request }),
      },
    },
  ])
}

/** What a closed ledger still takes: the ends of what was begun before, and what was done before. */
const decideClosed = (command: LedgerCommand, state: CreditLedger): Decision => {
  const decision = decideOpen(command, state)
  const nothingNew = Result.isFailure(decision) || decision.success.length === 0
  return nothingNew ? decision : Result.fail({ _tag: "LedgerIsClosed", namespaceId: command.namespaceId })
}

const decideOpen = (command: LedgerCommand, state: CreditLedger): Decision => {
  switch (command.type) {
    case "GrantCredits":
      return grant(command, state)
    case "HoldCredits":
      return hold(command, state)
    case "HoldCreditsTogether":
      return holdTogether(command, state)
    case "SettleHold":
      return settle(command, state)
    case "ReleaseHold":
      return release(command, state)
    case "SendCredits":
      return send(command, state)
    case "ReceiveCredits":
      return receive(command, state)
    case "CompleteTransfer":
      return complete(command, state)
    case "ReturnCredits":
      return takeBack(command, state)
    case "CloseLedger":
      return close(command, state)
  }
}

const decide =
  (command: LedgerCommand) =>
  (state: CreditLedger): Decision =>
    state.closed ? decideClosed(command, state) : decideOpen(command, state)

export const creditLedger: Decider<CreditLedger, LedgerCommand, LedgerEvent, LedgerRejection> = {
  category: "ledger",
  codec,
  initial,
  fold,
  decide,
  invariant,
}
