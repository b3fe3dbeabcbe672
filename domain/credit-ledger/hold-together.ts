import { Result } from "effect"
import { holdFor } from "../policies/pricing.ts"
import { hold, mostRoom } from "./hold.ts"
import type { HoldCredits, HoldCreditsTogether, LedgerRejection } from "./commands.ts"
import type { LedgerEvent } from "./events.ts"
import { type CreditLedger, fold } from "./state.ts"

type Decision = Result.Result<readonly LedgerEvent[], LedgerRejection>

/**
 * All holds of one request or none: two requests that each had a part of what they need would wait for each other. At the end of a
 * balance all are cut to one length, so that no choice is longer than the next because it came first.
 */
export const holdTogether = ({ holds }: HoldCreditsTogether, state: CreditLedger): Decision => {
  const whole = holdAll(holds.map(unshortened), state)
  if (Result.isSuccess(whole)) return Result.succeed(whole.success)
  const most = sum(holds.map(({ quote }) => holdFor(quote)))
  const comesBack = holds.every((command) => mostRoom(command, state) >= most)
  const shortened = comesBack ? null : longestThatFits(holds, state)
  return shortened ?? Result.fail(ofAll(whole.failure, holds))
}

const unshortened = (command: HoldCredits): HoldCredits => cutTo(command, command.quote.maxOutputTokens)

const cutTo = (command: HoldCredits, tokens: number): HoldCredits => {
  const maxOutputTokens = Math.min(tokens, command.quote.maxOutputTokens)
  return { ...command, quote: { ...command.quote, maxOutputTokens }, minimumOutputTokens: maxOutputTokens }
}

interface Refused {
  readonly rejection: LedgerRejection
  /** Set aside for the holds before the refused one, in micro-credits. */
  readonly before: bigint
}

const holdAll = (holds: readonly HoldCredits[], state: CreditLedger): Result.Result<readonly LedgerEvent[], Refused> => {
  const events: LedgerEvent[] = []
  let next = state
  for (const command of holds) {
    const placed = hold(command, next)
    if (Result.isFailure(placed)) return Result.fail({ rejection: placed.failure, before: state.available - next.available })
    events.push(...placed.success)
    next = fold(next, placed.success)
  }
  return Result.succeed(events)
}

/** By halving: what pays for a length pays for every shorter one. Null when not even the least that each asks for fits. */
const longestThatFits = (holds: readonly HoldCredits[], state: CreditLedger): Decision | null => {
  const leastOf = ({ minimumOutputTokens, quote }: HoldCredits) => Math.min(minimumOutputTokens, quote.maxOutputTokens)
  const at = (tokens: number) => holdAll(holds.map((command) => cutTo(command, Math.max(tokens, leastOf(command)))), state)
  let fits = 0
  let tooLong = Math.max(...holds.map(({ quote }) => quote.maxOutputTokens))
  let best = at(fits)
  if (Result.isFailure(best)) return null
  while (tooLong - fits > 1) {
    const middle = Math.floor((fits + tooLong) / 2)
    const tried = at(middle)
    if (Result.isSuccess(tried)) [fits, best] = [middle, tried]
    else tooLong = middle
  }
  return Result.succeed(best.success)
}

/** The refusal of one as that of all: what it was short of, before any of them. */
const ofAll = ({ rejection, before }: Refused, holds: readonly HoldCredits[]): LedgerRejection => {
  if (!("required" in rejection)) return rejection
  const least = holds.map(({ quote, minimumOutputTokens }) =>
    holdFor({ ...quote, maxOutputTokens: Math.min(minimumOutputTokens, quote.maxOutputTokens) }),
  )
  const available = "available" in rejection ? { available: rejection.available + before } : {}
  return { ...rejection, ...available, held: rejection.held - before, required: sum(least) }
}

const sum = (amounts: readonly bigint[]): bigint => amounts.reduce((total, amount) => total + amount, 0n)
