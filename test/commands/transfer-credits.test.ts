import { Effect, Layer, ManagedRuntime } from "effect"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { grantCredits } from "#commands/credit/grant-credits.ts"
import { transferCredits } from "#commands/credit/transfer-credits.ts"
import { Commands, commandsLayer } from "#commands/handle.ts"
import { changeRetention, deleteNamespace } from "#commands/namespace/change-namespace.ts"
import { createNamespace } from "#commands/namespace/create-namespace.ts"
import { Counters } from "#commands/ports/counters.ts"
import { EventStore, type EventStoreShape, EventStoreUnavailable } from "#commands/ports/event-store.ts"
import { OpenTransfers, type OpenTransferRef } from "#commands/ports/open-transfers.ts"
import { transfersRound } from "#commands/workflows/transfers.ts"
import { creditLedger } from "#domain/credit-ledger/index.ts"
import type { AccountId, NamespaceId } from "#domain/kernel/ids.ts"
import { memoryCounters } from "#infra/memory/counters.ts"
import { memoryLog } from "#infra/memory/event-log.ts"
import { ACCOUNT, NAMESPACE, OTHER_ACCOUNT, OTHER_NAMESPACE } from "#test/support/arbitrary-ids.ts"

/** Appends that are still let through; after them the process is as good as dead. */
interface Life {
  appends: number
}

const AMOUNT = 30n
const transfer = { transferId: "t", fromNamespaceId: NAMESPACE, toNamespaceId: OTHER_NAMESPACE, amount: AMOUNT }

const world = async (otherAccount: AccountId = ACCOUNT) => {
  const log = memoryLog()
  const counters = memoryCounters()
  const mortal = (life: Life): EventStoreShape => ({
    ...log.store,
    append: (commit) =>
      Effect.suspend(() => {
        if (life.appends <= 0) return Effect.fail(new EventStoreUnavailable({ reason: "killed" }))
        life.appends -= 1
        return log.store.append(commit)
      }),
  })
  /** A process of its own: it knows nothing of what others have cached. */
  const processWith = (life: Life, open: readonly OpenTransferRef[] = []) => {
    const ports = Layer.mergeAll(
      Layer.succeed(EventStore, mortal(life)),
      Layer.succeed(Counters, counters),
      Layer.succeed(OpenTransfers, { list: () => Effect.succeed(open) }),
    )
    const runtime = ManagedRuntime.make(Layer.provideMerge(commandsLayer({ soleWriter: false }), ports))
    return runtime.runPromise.bind(runtime)
  }
  const run = processWith({ appends: Number.POSITIVE_INFINITY })
  await run(createNamespace({ accountId: ACCOUNT, name: "a", namespaceId: NAMESPACE }))
  await run(createNamespace({ accountId: otherAccount, name: "b", namespaceId: OTHER_NAMESPACE }))
  await run(grantCredits({ namespaceId: NAMESPACE, grantId: "g", amount: 100n, reason: "test" }))
  const ledger = (id: NamespaceId) => run(Effect.flatMap(Commands, ({ load }) => load(creditLedger, id)))
  const balances = async () => [(await ledger(NAMESPACE)).available, (await ledger(OTHER_NAMESPACE)).available, (await ledger(NAMESPACE)).inTransfer]
  return { run, processWith, balances, counters, result: <A, E>(effect: Effect.Effect<A, E, Commands>) => run(Effect.result(effect)) }
}

describe("a transfer of credits", () => {
  it("moves them, and moves them once however often it is asked for", async () => {
    const { run, balances } = await world()
    for (let n = 0; n < 3; n += 1) expect(await run(transferCredits(transfer))).toMatchObject({ outcome: "arrived" })
    expect(await balances()).toEqual([70n, 30n, 0n])
  })

  it("whose process dies after any of its writes is whole after it is asked for again, or after the watchdog saw it", async () => {
    for (const survived of [0, 1, 2, 3]) {
      for (const rescue of ["repeated", "watchdog"] as const) {
        const { run, processWith, balances } = await world()
        await processWith({ appends: survived })(transferCredits(transfer)).catch(() => null)
        const [from, to, under] = await balances()
        expect((from ?? 0n) + (to ?? 0n) + (under ?? 0n), `after ${survived} writes`).toBeGreaterThanOrEqual(100n)
        if (rescue === "repeated") await run(transferCredits(transfer))
        else await processWith({ appends: 9 }, survived === 0 ? [] : [transfer])(transfersRound(Date.now()))
        expect(await balances(), `${rescue} after ${survived} writes`).toEqual(survived === 0 && rescue === "watchdog" ? [100n, 0n, 0n] : [70n, 30n, 0n])
      }
    }
  })

  it("of any amount, any number of times in both directions, and killed anywhere, neither makes nor loses a credit", async () => {
    const step = fc.record({ back: fc.boolean(), id: fc.constantFrom("x", "y", "z"), amount: fc.bigInt({ min: 1n, max: 60n }), appends: fc.nat(4) })
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 8 }), async (steps) => {
        const { run, processWith, balances } = await world()
        const asked = steps.map(({ back, id, amount }) => {
          const [fromNamespaceId, toNamespaceId] = back ? [OTHER_NAMESPACE, NAMESPACE] : [NAMESPACE, OTHER_NAMESPACE]
          return { transferId: id, fromNamespaceId, toNamespaceId, amount }
        })
        for (const [index, one] of asked.entries()) await processWith({ appends: steps[index]?.appends ?? 0 })(transferCredits(one)).catch(() => null)
        for (const one of asked) await run(Effect.result(transferCredits(one)))
        const [a = 0n, b = 0n, under] = await balances()
        expect([a + b, under]).toEqual([100n, 0n])
      }),
      { numRuns: 150 },
    )
  })

  it("between accounts, or with a namespace that is not there, is refused and moves nothing", async () => {
    const strangers = await world(OTHER_ACCOUNT)
    expect(await strangers.result(transferCredits(transfer))).toMatchObject({ failure: { reason: "different_accounts" } })
    expect(await strangers.balances()).toEqual([100n, 0n, 0n])
    const { result, run, balances } = await world()
    const nowhere = { ...transfer, toNamespaceId: "ns_00000000-0000-7000-8000-000000000009" as NamespaceId }
    expect(await result(transferCredits(nowhere))).toMatchObject({ failure: { reason: "unknown_namespace" } })
    await run(deleteNamespace({ namespaceId: OTHER_NAMESPACE, activeKeys: 0 }))
    expect(await result(transferCredits(transfer))).toMatchObject({ failure: { reason: "namespace_deleted" } })
    expect(await balances()).toEqual([100n, 0n, 0n])
  })

  it("into a namespace that is deleted while they are on their way comes back", async () => {
    const { run, processWith, balances } = await world()
    await processWith({ appends: 1 })(transferCredits(transfer)).catch(() => null)
    await run(deleteNamespace({ namespaceId: OTHER_NAMESPACE, activeKeys: 0 }))
    expect(await run(transferCredits(transfer))).toMatchObject({ outcome: "returned" })
    expect(await balances()).toEqual([100n, 0n, 0n])
  })
})

describe("a namespace", () => {
  it("is not deleted while it has credits, keys, or credits on their way that may come back", async () => {
    const { result, run, processWith } = await world()
    const remove = (activeKeys: number) => result(deleteNamespace({ namespaceId: NAMESPACE, activeKeys }))
    expect(await remove(0)).toMatchObject({ failure: { _tag: "LedgerNotEmpty", available: 100n } })
    await run(transferCredits({ ...transfer, transferId: "u", amount: 90n }))
    await processWith({ appends: 1 })(transferCredits({ ...transfer, amount: 10n })).catch(() => null)
    expect(await remove(0)).toMatchObject({ failure: { _tag: "LedgerNotEmpty", available: 0n, inTransfer: 10n } })
    await run(transferCredits({ ...transfer, amount: 10n }))
    expect(await remove(1)).toMatchObject({ failure: { _tag: "NamespaceHasKeys", activeKeys: 1 } })
    expect(await remove(0)).toMatchObject({ _tag: "Success" })
    expect(await remove(0)).toMatchObject({ _tag: "Success" })
  })

  it("that is deleted takes no credits and no changes", async () => {
    const { result, run } = await world()
    await run(transferCredits({ ...transfer, amount: 100n }))
    await run(deleteNamespace({ namespaceId: NAMESPACE, activeKeys: 0 }))
    expect(await result(grantCredits({ namespaceId: NAMESPACE, grantId: "h", amount: 1n, reason: "late" }))).toMatchObject({ failure: { _tag: "LedgerIsClosed" } })
    expect(await result(changeRetention({ namespaceId: NAMESPACE, retentionDays: 1 }))).toMatchObject({ failure: { _tag: "NamespaceIsDeleted" } })
  })
})
