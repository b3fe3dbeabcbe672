import { Result } from "effect"
import { affordableOutput, holdFor, type Quote } from "../policies/pricing.ts"
import { availableAccount, heldAccount } from "./accounts.ts"
import type { HoldCredits, LedgerRejection } from "./commands.ts"
import type { LedgerEvent } from "./events.ts"
import { type Room, spendAt, spendRooms } from "./key-spend.ts"
import type { CreditLedger } from "./state.ts"

type Decision = Result.Result<readonly LedgerEvent[], LedgerRejection>

/** The balance and the key's spending limits are one decision: no two holds can pass for the same micro-credit. */
export const hold = (command: HoldCredits, state: CreditLedger): Decision => {
  const { type: _, minimumOutputTokens: __, spendLimits, ...data } = command
  const known = state.holds.get(command.holdId)
  if (known !== undefined) {
    if (known.jobId === command.jobId) return Result.succeed([])
    return Result.fail({ _tag: "HoldConflict", holdId: command.holdId, jobId: known.jobId })
  }
  const rooms = roomsFor(command, state)
  const quote = fundable(command, state, rooms)
  if (quote === null) return Result.fail(refusal(command, state, rooms))
  const amount = holdFor(quote)
  const postings = [
    { account: availableAccount(command.namespaceId), amount: -amount },
    { account: heldAccount(command.namespaceId), amount },
  ]
  const root = spendLimits === null || spendLimits.rootKeyId === command.keyId ? {} : { rootKeyId: spendLimits.rootKeyId }
  return Result.succeed([{ type: "HoldPlaced", data: { ...data, ...root, quote, amount, postings } }])
}

const roomsFor = ({ spendLimits, at }: HoldCredits, state: CreditLedger): readonly Room[] =>
  spendLimits === null ? [] : spendRooms(spendAt(state.spending.get(spendLimits.rootKeyId), at), spendLimits)

/**
 * The quote that balance and limits allow now, or null. It shrinks only at the end of a balance or limit, when waiting for what is
 * held would not help.
 */
const fundable = (command: HoldCredits, state: CreditLedger, rooms: readonly Room[]): Quote | null => {
  const wanted = holdFor(command.quote)
  const now = least([state.available, ...rooms.map((room) => room.now)])
  if (now >= wanted) return command.quote
  if (roomAtMost(state, rooms) >= wanted) return null
  const maxOutputTokens = affordableOutput(command.quote, now)
  return maxOutputTokens >= command.minimumOutputTokens ? { ...command.quote, maxOutputTokens } : null
}

/** What a hold could take if everything that is held came back. */
export const mostRoom = (command: HoldCredits, state: CreditLedger): bigint => roomAtMost(state, roomsFor(command, state))

const roomAtMost = (state: CreditLedger, rooms: readonly Room[]): bigint =>
  least([state.available + state.held, ...rooms.map((room) => room.atMost)])

/** Names what waiting cannot mend, else what is missing most. */
const refusal = (command: HoldCredits, state: CreditLedger, rooms: readonly Room[]): LedgerRejection => {
  const { available, held } = state
  const required = leastHold(command)
  const reached = rooms.find((room) => room.atMost < required) ?? rooms.toSorted((a, b) => (a.now < b.now ? -1 : 1))[0]
  const broke = available + held < required
  if (reached === undefined || broke || reached.now >= required) return { _tag: "InsufficientCredits", available, held, required }
  const { period, limit, spend } = reached
  return { _tag: "SpendLimitReached", period, limit, settled: spend.settled, held: spend.held, required }
}

const leastHold = (command: HoldCredits): bigint =>
  holdFor({ ...command.quote, maxOutputTokens: Math.min(command.minimumOutputTokens, command.quote.maxOutputTokens) })

const least = (amounts: readonly bigint[]): bigint => amounts.reduce((a, b) => (a < b ? a : b))
