import { Result } from "effect"
import type { Decider } from "../kernel/decider.ts"
import { affordableOutput, holdFor, type Quote } from "../policies/pricing.ts"
import { availableAccount, GRANTS_ACCOUNT, heldAccount } from "./accounts.ts"
import type { GrantCredits, HoldCredits, LedgerCommand, LedgerRejection, ReleaseHold, SettleHold } from "./commands.ts"
import { codec, type LedgerEvent } from "./events.ts"
import { holdTogether } from "./hold-together.ts"
import { settlement } from "./settlement.ts"
import { type CreditLedger, fold, initial, invariant } from "./state.ts"

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

const hold = (command: HoldCredits, state: CreditLedger): Decision => {
  const { type: _, minimumOutputTokens: __, ...data } = command
  const known = state.holds.get(command.holdId)
  if (known !== undefined) {
    if (known.jobId === command.jobId) return Result.succeed([])
    return Result.fail({ _tag: "HoldConflict", holdId: command.holdId, jobId: known.jobId })
  }
  const quote = fundable(command, state)
  if (quote === null) {
    const { available, held } = state
    return Result.fail({ _tag: "InsufficientCredits", available, held, required: leastHold(command) })
  }
  const amount = holdFor(quote)
  const postings = [
    { account: availableAccount(command.namespaceId), amount: -amount },
    { account: heldAccount(command.namespaceId), amount },
  ]
  return Result.succeed([{ type: "HoldPlaced", data: { ...data, quote, amount, postings } }])
}

/** The quote that available credits pay for now, or null. It shrinks only at the end of a balance, when waiting would not help. */
const fundable = (command: HoldCredits, state: CreditLedger): Quote | null => {
  const wanted = holdFor(command.quote)
  if (state.available >= wanted) return command.quote
  if (state.available + state.held >= wanted) return null
  const maxOutputTokens = affordableOutput(command.quote, state.available)
  return maxOutputTokens >= command.minimumOutputTokens ? { ...command.quote, maxOutputTokens } : null
}

const leastHold = (command: HoldCredits): bigint =>
  holdFor({ ...command.quote, maxOutputTokens: Math.min(command.minimumOutputTokens, command.quote.maxOutputTokens) })

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
      data: { namespaceId, holdId, jobId, keyId, reason, model: quote.model, amount, postings, at },
    },
  ])
}

const decide =
  (command: LedgerCommand) =>
  (state: CreditLedger): Decision => {
    switch (command.type) {
      case "GrantCredits":
        return grant(command, state)
      case "HoldCredits":
        return hold(command, state)
      case "HoldCreditsTogether":
        return holdTogether(command, state, hold)
      case "SettleHold":
        return settle(command, state)
      case "ReleaseHold":
        return release(command, state)
    }
  }

export const creditLedger: Decider<CreditLedger, LedgerCommand, LedgerEvent, LedgerRejection> = {
  category: "ledger",
  codec,
  initial,
  fold,
  decide,
  invariant,
}
