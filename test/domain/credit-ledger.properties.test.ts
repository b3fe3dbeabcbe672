import fc from "fast-check"
import { expect, it } from "vitest"
import { creditLedger, type LedgerEvent } from "#domain/credit-ledger/index.ts"
import { LEDGER_KEYS, ledgerScript } from "#test/support/arbitrary-ledger-script.ts"
import { PATIENCE_MS, playByTheLaws, SCRIPTS } from "#test/support/decider-laws.ts"

const endsOf = (events: readonly LedgerEvent[]): readonly string[] =>
  events.flatMap((event) => (event.type === "HoldSettled" || event.type === "HoldReleased" ? [event.data.holdId] : []))

it("no script of commands breaks the ledger", { timeout: PATIENCE_MS }, () => {
  let played = 0
  let settled = 0
  fc.assert(
    fc.property(ledgerScript, (script) => {
      played += 1
      const { state, events } = playByTheLaws(creditLedger, script, LEDGER_KEYS)
      const ended = endsOf(events)
      settled += events.filter((event) => event.type === "HoldSettled").length
      if (new Set(ended).size !== ended.length) throw new Error("a hold ended twice")
      if (state.spent > state.granted + state.transferred) throw new Error("more was spent than granted")
    }),
    { numRuns: SCRIPTS.ledger },
  )
  console.log(`credit-ledger: ${played} random scripts, ${settled} settlements`)
  expect(played).toBeGreaterThanOrEqual(SCRIPTS.ledger)
  expect(settled).toBeGreaterThan(SCRIPTS.ledger / 10)
})
