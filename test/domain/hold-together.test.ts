import { describe, it } from "vitest"
import { creditLedger, type HoldCredits, type LedgerCommand } from "#domain/credit-ledger/index.ts"
import { HOLD_A, HOLD_B, JOB_A, JOB_B, KEY, NAMESPACE } from "#test/support/arbitrary-ids.ts"
import { tinyQuote } from "#test/support/arbitrary-ledger-script.ts"
import { scenario } from "#test/support/scenario.ts"

const grant = (amount: bigint): LedgerCommand => ({
  type: "GrantCredits", namespaceId: NAMESPACE, grantId: "g1", amount, reason: "welcome", at: 1,
})
const one = { type: "HoldCredits", namespaceId: NAMESPACE, keyId: KEY, spendLimits: null, at: 2, expiresAt: 9 } as const

/** A prompt of 2, paid by the first, and up to 4 tokens for each: 6 and 4 micro-credits. */
const both = (minimumOutputTokens: number, changes: Partial<HoldCredits> = {}): LedgerCommand => ({
  type: "HoldCreditsTogether", namespaceId: NAMESPACE,
  holds: [
    { ...one, holdId: HOLD_A, jobId: JOB_A, quote: tinyQuote(2, 4, 1_000_000n), minimumOutputTokens },
    { ...one, holdId: HOLD_B, jobId: JOB_B, quote: tinyQuote(0, 4, 1_000_000n), minimumOutputTokens, ...changes },
  ],
})
const empty = scenario(creditLedger)

describe("holds together", () => {
  it("are all placed where the balance pays for all", () => {
    empty.after(grant(10n)).when(both(4)).gives({ type: "HoldPlaced", data: { amount: 6n } }, { type: "HoldPlaced", data: { amount: 4n } })
  })

  it("are none where it pays for some, and say what all of them need", () => {
    empty.after(grant(9n)).when(both(4)).rejects({ _tag: "InsufficientCredits", available: 9n, held: 0n, required: 10n })
  })

  it("are cut to one length at the end of a balance", () => {
    empty.after(grant(9n)).when(both(1)).gives(
      { type: "HoldPlaced", data: { amount: 5n, quote: tinyQuote(2, 3, 1_000_000n) } },
      { type: "HoldPlaced", data: { amount: 3n, quote: tinyQuote(0, 3, 1_000_000n) } },
    )
  })

  it("are not cut while credits that are held may come back", () => {
    const other: LedgerCommand = { ...one, holdId: "hold_other" as typeof HOLD_A, jobId: JOB_A, quote: tinyQuote(0, 5, 1_000_000n), minimumOutputTokens: 5 }
    empty.after(grant(12n), other).when(both(1)).rejects({ _tag: "InsufficientCredits", available: 7n, held: 5n, required: 4n })
  })

  it("heed what the key may spend as one hold does: cut where more can never come back, and none where all of it may", () => {
    const limited = (perDay: bigint, minimum: number) => {
      const command = both(minimum)
      if (command.type !== "HoldCreditsTogether") throw new Error("not holds together")
      return { ...command, holds: command.holds.map((hold) => ({ ...hold, spendLimits: { rootKeyId: KEY, perDay, perMonth: null } })) }
    }
    const rich = empty.after(grant(100n))
    rich.when(limited(10n, 4)).gives({ type: "HoldPlaced", data: { amount: 6n } }, { type: "HoldPlaced", data: { amount: 4n } })
    rich.when(limited(9n, 4)).rejects({ _tag: "SpendLimitReached", period: "day", limit: 9n, settled: 0n, held: 0n, required: 10n })
    rich.when(limited(9n, 1)).gives({ type: "HoldPlaced", data: { amount: 5n } }, { type: "HoldPlaced", data: { amount: 3n } })
  })

  it("are refused at less than the least that each asks for", () => {
    empty.after(grant(3n)).when(both(1)).rejects({ _tag: "InsufficientCredits", available: 3n, held: 0n, required: 4n })
  })

  it("count once however often they are repeated", () => {
    empty.after(grant(10n), both(4)).when(both(4)).changesNothing()
  })

  it("are none when one of them is another job's", () => {
    empty.after(grant(20n)).when(both(4, { holdId: HOLD_A })).rejects({ _tag: "HoldConflict", holdId: HOLD_A, jobId: JOB_A })
  })
})
