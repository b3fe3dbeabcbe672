import { Result } from "effect"
import fc from "fast-check"
import { expect, it } from "vitest"
import { creditLedger, type HoldCredits, type LedgerEvent, type SpendLimits } from "#domain/credit-ledger/index.ts"
import { limitedScript } from "#test/support/arbitrary-ledger-script.ts"
import { PATIENCE_MS } from "#test/support/decider-laws.ts"

const RUNS = 20_000

/** What each day and month holds and spent, counted again from the events and by the greatest time of a hold so far. */
class Recount {
  readonly #open = new Map<string, { readonly amount: bigint; readonly periods: readonly string[] }>()
  readonly #total = new Map<string, bigint>()
  #latest = 0

  take(event: LedgerEvent): void {
    if (event.type === "HoldPlaced") {
      const { holdId, amount } = event.data
      this.#latest = Math.max(this.#latest, event.data.at)
      const periods = this.periodsAt(event.data.at)
      this.#open.set(holdId, { amount, periods })
      for (const period of periods) this.#add(period, amount)
    }
    if (event.type !== "HoldSettled" && event.type !== "HoldReleased") return
    const hold = this.#open.get(event.data.holdId)
    const price = event.type === "HoldSettled" ? event.data.price : 0n
    for (const period of hold?.periods ?? []) this.#add(period, price - (hold?.amount ?? 0n))
  }

  periodsAt(at: number): readonly string[] {
    const day = new Date(Math.max(this.#latest, at)).toISOString()
    return [day.slice(0, 10), day.slice(0, 7)]
  }

  total(period: string): bigint {
    return this.#total.get(period) ?? 0n
  }

  broken({ perDay, perMonth }: SpendLimits): string | null {
    for (const [period, total] of this.#total) {
      const limit = period.length === 10 ? perDay : perMonth
      if (limit !== null && total > limit) return `${period}: ${total} of ${limit}`
    }
    return null
  }

  #add(period: string, amount: bigint): void {
    this.#total.set(period, this.total(period) + amount)
  }
}

const leastOf = ({ quote, minimumOutputTokens }: HoldCredits): bigint => {
  const tokens = BigInt(Math.min(minimumOutputTokens, quote.maxOutputTokens))
  return (BigInt(quote.promptTokens) * quote.inputRate + tokens * quote.outputRate + 999_999n) / 1_000_000n
}

it("no script of commands spends more than a key's limits, and none is refused what fits", { timeout: PATIENCE_MS }, () => {
  let refused = 0
  let placed = 0
  fc.assert(
    fc.property(limitedScript, ({ limits, script }) => {
      const recount = new Recount()
      let state = creditLedger.initial
      for (const command of script) {
        const decision = creditLedger.decide(command)(state)
        if (Result.isFailure(decision)) {
          if (decision.failure._tag !== "SpendLimitReached" || command.type !== "HoldCredits") continue
          refused += 1
          const [day = "", month = ""] = recount.periodsAt(command.at)
          const over = [[limits.perDay, day], [limits.perMonth, month]] as const
          const fits = over.every(([limit, period]) => limit === null || recount.total(period) + leastOf(command) <= limit)
          // The whole quote may fit only after the others: then it waits, and says that it may.
          const { limit, settled, required } = decision.failure
          if (fits && settled + required > limit) throw new Error("refused for good what fits")
          continue
        }
        for (const event of decision.success) recount.take(event)
        placed += decision.success.filter(({ type }) => type === "HoldPlaced").length
        state = creditLedger.fold(state, decision.success)
        const broken = recount.broken(limits)
        if (broken !== null) throw new Error(broken)
      }
    }),
    { numRuns: RUNS },
  )
  console.log(`spend limits: ${placed} holds placed, ${refused} refused`)
  expect(placed).toBeGreaterThan(RUNS)
  expect(refused).toBeGreaterThan(RUNS / 10)
})
