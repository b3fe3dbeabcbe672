import { type Posting, splitByWeight } from "../kernel/money.ts"
import { priceOf } from "../policies/pricing.ts"
import { availableAccount, heldAccount, operatorAccount, PLATFORM_ACCOUNT } from "./accounts.ts"
import type { SettleHold } from "./commands.ts"
import type { LedgerEvent, OperatorShare } from "./events.ts"
import type { Hold } from "./state.ts"

type OpenHold = Extract<Hold, { stage: "held" }>
type Settled = Extract<LedgerEvent, { type: "HoldSettled" }>["data"]

/**
 * What a hold's end costs and who gets it. The price is never above the hold; the operators' part is rounded down and split by
 * delivered tokens, the platform keeps the rest, what is left of the hold goes back.
 */
export const settlement = (command: SettleHold, hold: OpenHold): Settled => {
  const { namespaceId, holdId, reason, completionTokens, at } = command
  const { jobId, keyId, quote, amount } = hold
  const full = priceOf(quote, completionTokens)
  const price = full > amount ? amount : full
  const forOperators = command.served.length === 0 ? 0n : (price * BigInt(quote.operatorSharePercent)) / 100n
  const parts = splitByWeight(
    forOperators,
    command.served.map((attempt) => BigInt(attempt.tokens)),
  )
  const shares: readonly OperatorShare[] = command.served.map((attempt, index) => ({
    payee: attempt.payee,
    nodeId: attempt.nodeId,
    attemptId: attempt.attemptId,
    tokens: attempt.tokens,
    amount: parts[index] ?? 0n,
  }))
  const postings: readonly Posting[] = [
    { account: heldAccount(namespaceId), amount: -amount },
    { account: availableAccount(namespaceId), amount: amount - price },
    ...shares.map((share) => ({ account: operatorAccount(share.payee), amount: share.amount })),
    { account: PLATFORM_ACCOUNT, amount: price - forOperators },
  ]
  const promptTokens = quote.promptTokens
  return {
    namespaceId, holdId, jobId, keyId, reason, model: quote.model, promptTokens, completionTokens, price, shares, at,
    ...(command.request !== undefined && { request: command.request }),
    postings: postings.filter((posting) => posting.amount !== 0n),
  }
}
