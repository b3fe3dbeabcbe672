import { PersistentMap } from "../kernel/persistent-map.ts"
import { foldWith } from "../kernel/decider.ts"
import type { HoldId, JobId, KeyId } from "../kernel/ids.ts"
import type { Quote } from "../policies/pricing.ts"
import type { LedgerEvent } from "./events.ts"

export type Hold =
  | {
      readonly stage: "held"
      readonly holdId: HoldId
      readonly jobId: JobId
      readonly keyId: KeyId
      readonly amount: bigint
      readonly quote: Quote
      readonly expiresAt: number
    }
  | { readonly stage: "settled"; readonly jobId: JobId; readonly price: bigint; readonly completionTokens: number }
  | { readonly stage: "released"; readonly jobId: JobId }

/** One namespace's credits, all in micro-credits. */
export interface CreditLedger {
  readonly available: bigint
  readonly held: bigint
  readonly spent: bigint
  readonly granted: bigint
  readonly grants: PersistentMap<bigint>
  readonly holds: PersistentMap<Hold>
}

export const initial: CreditLedger = {
  available: 0n,
  held: 0n,
  spent: 0n,
  granted: 0n,
  grants: PersistentMap.empty(),
  holds: PersistentMap.empty(),
}

const apply = (state: CreditLedger, event: LedgerEvent): CreditLedger => {
  switch (event.type) {
    case "CreditsGranted":
      return {
        ...state,
        available: state.available + event.data.amount,
        granted: state.granted + event.data.amount,
        grants: state.grants.set(event.data.grantId, event.data.amount),
      }
    case "HoldPlaced": {
      const { holdId, jobId, keyId, amount, quote, expiresAt } = event.data
      return {
        ...state,
        available: state.available - amount,
        held: state.held + amount,
        holds: state.holds.set(holdId, { stage: "held", holdId, jobId, keyId, amount, quote, expiresAt }),
      }
    }
    case "HoldSettled": {
      const { holdId, jobId, price, completionTokens } = event.data
      const amount = heldAmount(state, holdId)
      return {
        ...state,
        available: state.available + amount - price,
        held: state.held - amount,
        spent: state.spent + price,
        holds: state.holds.set(holdId, { stage: "settled", jobId, price, completionTokens }),
      }
    }
    case "HoldReleased": {
      const { holdId, jobId } = event.data
      const amount = heldAmount(state, holdId)
      return {
        ...state,
        available: state.available + amount,
        held: state.held - amount,
        holds: state.holds.set(holdId, { stage: "released", jobId }),
      }
    }
  }
}

const heldAmount = (state: CreditLedger, holdId: string): bigint => {
  const hold = state.holds.get(holdId)
  return hold?.stage === "held" ? hold.amount : 0n
}

export const fold = foldWith(apply)

/** Nothing negative, and every granted credit is available, held or spent. */
export const invariant = (state: CreditLedger): string | null => {
  if (state.available < 0n) return `available is negative: ${state.available}`
  if (state.held < 0n) return `held is negative: ${state.held}`
  const total = state.available + state.held + state.spent
  return total === state.granted ? null : `available + held + spent is ${total}, granted is ${state.granted}`
}
