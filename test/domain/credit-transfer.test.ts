import { describe, expect, it } from "vitest"
import { creditLedger, type LedgerCommand } from "#domain/credit-ledger/index.ts"
import { HOLD_A, HOLD_B, JOB_A, JOB_B, KEY, NAMESPACE, OTHER_NAMESPACE } from "#test/support/arbitrary-ids.ts"
import { tinyQuote } from "#test/support/arbitrary-ledger-script.ts"
import { scenario } from "#test/support/scenario.ts"

const grant = (amount: bigint): LedgerCommand => ({ type: "GrantCredits", namespaceId: NAMESPACE, grantId: "g1", amount, reason: "welcome", at: 1 })
const send = (amount: bigint, toNamespaceId = OTHER_NAMESPACE): LedgerCommand => ({
  type: "SendCredits", namespaceId: NAMESPACE, transferId: "t1", toNamespaceId, amount, at: 2,
})
const receive = (amount: bigint): LedgerCommand => ({
  type: "ReceiveCredits", namespaceId: NAMESPACE, transferId: "t1", fromNamespaceId: OTHER_NAMESPACE, amount, at: 2,
})
const complete: LedgerCommand = { type: "CompleteTransfer", namespaceId: NAMESPACE, transferId: "t1", at: 3 }
const giveBack: LedgerCommand = { type: "ReturnCredits", namespaceId: NAMESPACE, transferId: "t1", at: 3 }
const close: LedgerCommand = { type: "CloseLedger", namespaceId: NAMESPACE, at: 4 }
const hold = (n: 1 | 2, at = 2): LedgerCommand => ({
  type: "HoldCredits", namespaceId: NAMESPACE, holdId: n === 1 ? HOLD_A : HOLD_B, jobId: n === 1 ? JOB_A : JOB_B, keyId: KEY,
  quote: tinyQuote(2, 4, 1_000_000n), minimumOutputTokens: 4, spendLimits: { rootKeyId: KEY, perDay: 10n, perMonth: null }, at, expiresAt: at + 9,
})
const empty = scenario(creditLedger)
const rich = empty.after(grant(10n))

describe("credits that are sent", () => {
  it("leave the balance for the account of transfers", () => {
    const postings = [{ account: `namespace:${NAMESPACE}:available`, amount: -4n }, { account: "system:transfers", amount: 4n }]
    rich.when(send(4n)).gives({ type: "CreditsSent", data: { amount: 4n, postings } })
    expect(rich.after(send(4n)).state).toMatchObject({ available: 6n, transferred: -4n, inTransfer: 4n })
  })

  it("are sent once; the same transfer with another amount is refused", () => {
    rich.after(send(4n)).when(send(4n)).changesNothing()
    rich.after(send(4n)).when(send(5n)).rejects({ _tag: "TransferConflict", transferId: "t1" })
  })

  it("are no more than there are, more than nothing, and for another namespace", () => {
    rich.when(send(11n)).rejects({ _tag: "InsufficientCredits", available: 10n, held: 0n, required: 11n })
    rich.when(send(0n)).rejects({ _tag: "TransferNotPositive", amount: 0n })
    rich.when(send(1n, NAMESPACE)).rejects({ _tag: "TransferToItself", transferId: "t1" })
  })

  it("arrive or come back, once, and never both", () => {
    rich.after(send(4n), complete).when(complete).changesNothing()
    rich.after(send(4n), complete).when(giveBack).rejects({ _tag: "TransferAlreadyEnded", transferId: "t1", stage: "arrived" })
    rich.after(send(4n), giveBack).when(complete).rejects({ _tag: "TransferAlreadyEnded", transferId: "t1", stage: "returned" })
    expect(rich.after(send(4n), giveBack).state).toMatchObject({ available: 10n, transferred: 0n, inTransfer: 0n })
    rich.when(complete).rejects({ _tag: "TransferNotFound", transferId: "t1" })
  })
})

describe("credits that are received", () => {
  it("come from the account of transfers into the balance, once", () => {
    const postings = [{ account: "system:transfers", amount: -4n }, { account: `namespace:${NAMESPACE}:available`, amount: 4n }]
    empty.when(receive(4n)).gives({ type: "CreditsReceived", data: { amount: 4n, postings } })
    empty.after(receive(4n)).when(receive(4n)).changesNothing()
    empty.after(receive(4n)).when(receive(5n)).rejects({ _tag: "TransferConflict", transferId: "t1" })
  })
})

describe("a ledger is closed", () => {
  it("for ever and once, when nothing is in it", () => {
    empty.when(close).gives({ type: "LedgerClosed" })
    empty.after(close).when(close).changesNothing()
    for (const command of [grant(1n), receive(1n)]) empty.after(close).when(command).rejects({ _tag: "LedgerIsClosed", namespaceId: NAMESPACE })
  })

  it("not while there are credits in it, or on their way and able to come back", () => {
    rich.when(close).rejects({ _tag: "LedgerNotEmpty", available: 10n, held: 0n, inTransfer: 0n })
    rich.after(send(10n)).when(close).rejects({ _tag: "LedgerNotEmpty", available: 0n, held: 0n, inTransfer: 10n })
    rich.after(send(10n), complete).when(close).gives({ type: "LedgerClosed" })
  })

  it("and what was done before is still done", () => {
    const closed = rich.after(send(10n), complete, close)
    closed.when(grant(10n)).changesNothing()
    closed.when(send(10n)).changesNothing()
  })
})

describe("a key's spending limit", () => {
  const DAY_MS = 86_400_000
  const plenty = empty.after(grant(100n))

  it("counts what is held and what was spent, in the same decision as the balance", () => {
    const refusal = { _tag: "SpendLimitReached", period: "day", limit: 10n, settled: 0n, held: 6n, required: 6n } as const
    plenty.after(hold(1)).when(hold(2)).rejects(refusal)
    const settled = plenty.after(hold(1), {
      type: "SettleHold", namespaceId: NAMESPACE, holdId: HOLD_A, reason: "completed", completionTokens: 3, served: [], at: 3,
    })
    settled.when(hold(2)).rejects({ ...refusal, settled: 5n, held: 0n })
  })

  it("gives back what was not spent, and begins anew each day", () => {
    plenty.after(hold(1), { type: "ReleaseHold", namespaceId: NAMESPACE, holdId: HOLD_A, reason: "failed", at: 3 }).when(hold(2)).gives({ type: "HoldPlaced" })
    plenty.after(hold(1)).when(hold(2, DAY_MS)).gives({ type: "HoldPlaced" })
  })

  it("does not begin anew for a clock that is behind", () => {
    plenty.after(hold(1, DAY_MS)).when(hold(2, DAY_MS - 1)).rejects({ _tag: "SpendLimitReached", period: "day", limit: 10n, settled: 0n, held: 6n, required: 6n })
  })

  it("counts for all keys that took one another's place", () => {
    const other = { ...hold(2), keyId: "Next00000001" } as LedgerCommand
    plenty.after(hold(1)).when(other).rejects({ _tag: "SpendLimitReached", period: "day", limit: 10n, settled: 0n, held: 6n, required: 6n })
  })
})
