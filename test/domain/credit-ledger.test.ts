import { describe, expect, it } from "vitest"
import { creditLedger, type HoldCredits, type LedgerCommand, type SettleHold } from "#domain/credit-ledger/index.ts"
import { sumOf } from "#domain/kernel/money.ts"
import { ATTEMPT_A, ATTEMPT_B, HOLD_A, HOLD_B, JOB_A, JOB_B, KEY, NAMESPACE, NODE_A, NODE_B } from "#test/support/arbitrary-ids.ts"
import { tinyQuote } from "#test/support/arbitrary-ledger-script.ts"
import { scenario } from "#test/support/scenario.ts"

const grant = (amount: bigint, grantId = "g1"): LedgerCommand => ({
  type: "GrantCredits", namespaceId: NAMESPACE, grantId, amount, reason: "welcome", at: 1,
})

const hold = (changes: Partial<HoldCredits> = {}): HoldCredits => ({
  type: "HoldCredits", namespaceId: NAMESPACE, holdId: HOLD_A, jobId: JOB_A, keyId: KEY,
  quote: tinyQuote(2, 4, 1_000_000n), minimumOutputTokens: 4, spendLimits: null, at: 2, expiresAt: 9, ...changes,
})

const byAlice = { payee: "alice", nodeId: NODE_A, attemptId: ATTEMPT_A }
const byBob = { payee: "bob", nodeId: NODE_B, attemptId: ATTEMPT_B }

const settle = (changes: Partial<SettleHold> = {}): SettleHold => ({
  type: "SettleHold", namespaceId: NAMESPACE, holdId: HOLD_A, reason: "completed", completionTokens: 2,
  served: [{ ...byAlice, tokens: 2 }], at: 3, ...changes,
})

const release: LedgerCommand = { type: "ReleaseHold", namespaceId: NAMESPACE, holdId: HOLD_A, reason: "failed", at: 3 }

const empty = scenario(creditLedger)

describe("a grant", () => {
  it("makes credits available and is balanced by the grants account", () => {
    const postings = [
      { account: `namespace:${NAMESPACE}:available`, amount: 5n },
      { account: "system:grants", amount: -5n },
    ]
    empty.when(grant(5n)).gives({ type: "CreditsGranted", data: { amount: 5n, postings } })
  })

  it("counts once however often it is repeated", () => {
    empty.after(grant(5n)).when(grant(5n)).changesNothing()
  })

  it("cannot be given again with another amount", () => {
    empty.after(grant(5n)).when(grant(6n)).rejects({ _tag: "GrantConflict", grantId: "g1", granted: 5n, offered: 6n })
  })

  it.each([0n, -1n])("of %s is refused", (amount) => {
    empty.when(grant(amount)).rejects({ _tag: "GrantNotPositive", amount })
  })
})

describe("a hold", () => {
  it("moves the price of the whole possible answer from available to held", () => {
    const after = empty.after(grant(10n), hold())
    expect(after.state).toMatchObject({ available: 4n, held: 6n, spent: 0n, granted: 10n })
  })

  it("takes the last micro-credit", () => {
    empty.after(grant(6n)).when(hold()).gives({ type: "HoldPlaced", data: { amount: 6n } })
  })

  it("is refused when one micro-credit is missing", () => {
    empty.after(grant(5n)).when(hold()).rejects({ _tag: "InsufficientCredits", available: 5n, held: 0n, required: 6n })
  })

  it("shrinks to the balance when the client named no limit", () => {
    const placed = empty.after(grant(5n)).when(hold({ minimumOutputTokens: 1 }))
    placed.gives({ type: "HoldPlaced", data: { amount: 5n, quote: tinyQuote(2, 3, 1_000_000n) } })
  })

  it("does not shrink below the fewest tokens the client accepts, and says what those would need", () => {
    const refused = empty.after(grant(2n)).when(hold({ minimumOutputTokens: 1 }))
    refused.rejects({ _tag: "InsufficientCredits", available: 2n, held: 0n, required: 3n })
  })

  it("does not shrink while credits held by others may come back", () => {
    const busy = empty.after(grant(10n), hold({ holdId: HOLD_B, jobId: JOB_B }))
    busy.when(hold({ minimumOutputTokens: 1 })).rejects({ _tag: "InsufficientCredits", available: 4n, held: 6n, required: 3n })
  })

  it("is placed once however often it is asked for", () => {
    empty.after(grant(20n), hold()).when(hold()).changesNothing()
  })

  it("is not placed again after its end", () => {
    empty.after(grant(20n), hold(), release).when(hold()).changesNothing()
  })

  it("belongs to one job", () => {
    empty.after(grant(20n), hold()).when(hold({ jobId: JOB_B })).rejects({ _tag: "HoldConflict", holdId: HOLD_A, jobId: JOB_A })
  })
})

describe("a settlement", () => {
  const held = empty.after(grant(10n), hold())

  it("charges what was delivered and gives the rest back", () => {
    const after = held.after(settle())
    expect(after.state).toMatchObject({ available: 6n, held: 0n, spent: 4n })
  })

  it("gives the operator half, rounded down, and the platform the rest", () => {
    const postings = [
      { account: `namespace:${NAMESPACE}:held`, amount: -6n },
      { account: `namespace:${NAMESPACE}:available`, amount: 1n },
      { account: "operator:alice", amount: 2n },
      { account: "platform:revenue", amount: 3n },
    ]
    held.when(settle({ completionTokens: 3 })).gives({ type: "HoldSettled", data: { price: 5n, postings } })
  })

  it("splits the operators' part by delivered tokens and loses nothing to rounding", () => {
    const served = [{ ...byAlice, tokens: 3 }, { ...byBob, tokens: 1 }]
    const [settled] = held.when(settle({ completionTokens: 4, served })).events()
    if (settled?.type !== "HoldSettled") throw new Error("not settled")
    expect(settled.data.shares.map((share) => share.amount)).toEqual([2n, 1n])
    expect(sumOf(settled.data.postings)).toBe(0n)
  })

  it("never charges more than was held", () => {
    held.when(settle({ completionTokens: 1_000 })).gives({ type: "HoldSettled", data: { price: 6n } })
  })

  it("leaves everything to the platform when no node is known to have served", () => {
    held.when(settle({ served: [] })).gives({ type: "HoldSettled", data: { price: 4n, shares: [] } })
  })

  it("happens once", () => {
    held.after(settle()).when(settle()).changesNothing()
  })

  it("cannot be repeated with another count", () => {
    const again = held.after(settle()).when(settle({ completionTokens: 3 }))
    again.rejects({ _tag: "HoldAlreadyEnded", holdId: HOLD_A, stage: "settled" })
  })

  it("is refused for a hold that was released", () => {
    held.after(release).when(settle()).rejects({ _tag: "HoldAlreadyEnded", holdId: HOLD_A, stage: "released" })
  })

  it("is refused for a hold that never was", () => {
    empty.when(settle()).rejects({ _tag: "HoldNotFound", holdId: HOLD_A })
  })
})

describe("a release", () => {
  const held = empty.after(grant(10n), hold())

  it("gives the whole hold back and charges nothing", () => {
    expect(held.after(release).state).toMatchObject({ available: 10n, held: 0n, spent: 0n })
  })

  it("happens once", () => {
    held.after(release).when(release).changesNothing()
  })

  it("is refused after a settlement", () => {
    held.after(settle()).when(release).rejects({ _tag: "HoldAlreadyEnded", holdId: HOLD_A, stage: "settled" })
  })

  it("is refused for a hold that never was", () => {
    empty.when(release).rejects({ _tag: "HoldNotFound", holdId: HOLD_A })
  })
})
