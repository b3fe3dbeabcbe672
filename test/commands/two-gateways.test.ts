import { Effect, Layer, ManagedRuntime, Result } from "effect"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { changeKeyLimits } from "#commands/api-key/change-key.ts"
import { createKey } from "#commands/api-key/create-key.ts"
import { rotateKey } from "#commands/api-key/rotate-key.ts"
import { grantCredits } from "#commands/credit/grant-credits.ts"
import { finishTransfer, transferCredits } from "#commands/credit/transfer-credits.ts"
import { Commands, commandsLayer } from "#commands/handle.ts"
import { createNamespace } from "#commands/namespace/create-namespace.ts"
import { EventStore, type EventStoreShape } from "#commands/ports/event-store.ts"
import { KeyMinter } from "#commands/ports/key-minter.ts"
import { apiKey, DEFAULT_LIMITS, type Grantor, type KeyLimits, NO_LIMITS, parseKey } from "#domain/api-key/index.ts"
import { creditLedger } from "#domain/credit-ledger/index.ts"
import { KeyId, NamespaceId } from "#domain/kernel/ids.ts"
import { memoryLog } from "#infra/memory/event-log.ts"
import { ACCOUNT, KEY, NAMESPACE, OTHER_NAMESPACE } from "#test/support/arbitrary-ids.ts"

const NEXT = KeyId.make("Next00000001")
const NEW_NAMESPACE = NamespaceId.make("ns_0190a000-0000-7000-8000-00000000000f")
const minter = { seal: (secret: string) => ({ pepperVersion: 1, digest: `of ${secret}` }) }

/** Processes that share a log and nothing else. */
const world = async () => {
  const { store } = memoryLog()
  const processOf = (own: EventStoreShape) => {
    const ports = Layer.mergeAll(Layer.succeed(EventStore, own), Layer.succeed(KeyMinter, minter))
    const runtime = ManagedRuntime.make(Layer.provideMerge(commandsLayer({ soleWriter: false }), ports))
    return runtime.runPromise.bind(runtime)
  }
  const run = processOf(store)
  for (const namespaceId of [NAMESPACE, OTHER_NAMESPACE]) {
    await run(createNamespace({ accountId: ACCOUNT, name: "a", namespaceId }))
    await run(grantCredits({ namespaceId, grantId: "g", amount: 100n, reason: "test" }))
  }
  const result = <A, E>(effect: Effect.Effect<A, E, Commands | KeyMinter>) => run(Effect.result(effect))
  /** The second has decided on what it read when the first writes, and writes afterwards. */
  const bothAtOnce = async <A, E, B, F>(first: Effect.Effect<A, E, Commands | KeyMinter>, second: Effect.Effect<B, F, Commands | KeyMinter>) => {
    const decided = Promise.withResolvers<void>()
    const written = Promise.withResolvers<void>()
    const late = processOf({
      ...store,
      append: (commit) =>
        Effect.promise(async () => {
          decided.resolve()
          await written.promise
        }).pipe(Effect.andThen(store.append(commit))),
    })
    const later = late(Effect.result(second))
    await Promise.race([decided.promise, later])
    const one = await run(Effect.result(first))
    written.resolve()
    return [one, await later] as const
  }
  /** Each of its writes waits for its turn. */
  const processInTurn = (scheduler: fc.Scheduler) =>
    processOf({ ...store, append: (commit) => Effect.andThen(Effect.promise(() => scheduler.schedule(Promise.resolve())), store.append(commit)) })
  const ledger = (id: NamespaceId) => run(Effect.flatMap(Commands, ({ load }) => load(creditLedger, id)))
  const total = async () => {
    const all = [await ledger(NAMESPACE), await ledger(OTHER_NAMESPACE)]
    return all.reduce((sum, { available, inTransfer }) => sum + available + inTransfer, 0n)
  }
  return { run, result, bothAtOnce, processInTurn, ledger, total }
}

const transfer = { transferId: "t", fromNamespaceId: NAMESPACE, toNamespaceId: OTHER_NAMESPACE }

describe("two gateways that are asked for different things under one id at once", () => {
  it("never make or lose a credit, and move one of the two amounts, in whatever order they write", async () => {
    const amounts = fc.bigInt({ min: 1n, max: 100n })
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), amounts, amounts, async (scheduler, a, b) => {
        const { processInTurn, total, ledger } = await world()
        const [p, q] = [processInTurn(scheduler), processInTurn(scheduler)]
        const ask = (amount: bigint) => Effect.result(transferCredits({ ...transfer, amount }))
        const both = await scheduler.waitFor(Promise.all([p(ask(a)), q(ask(b))]))
        expect(await total()).toBe(200n)
        const moved = both.flatMap((one, index) => (Result.isSuccess(one) ? [index === 0 ? a : b] : []))
        expect(moved).toHaveLength(a === b ? 2 : 1)
        expect((await ledger(OTHER_NAMESPACE)).available - 100n).toBe(moved[0])
      }),
      { numRuns: 60 },
    )
  })

  it("finish what the sender's ledger has, and nothing that was never sent", async () => {
    const { result, total } = await world()
    expect(await result(finishTransfer(transfer))).toMatchObject({ failure: { _tag: "TransferNotFound" } })
    expect(await total()).toBe(200n)
  })

  it("make one key, and show one secret, which is good", async () => {
    const { bothAtOnce, run } = await world()
    const wanted = { namespaceId: NAMESPACE, mode: "live", name: "", right: "inference", limits: DEFAULT_LIMITS, by: null, keyId: KEY, rootKeyId: null } as const
    const made = await bothAtOnce(createKey(wanted), createKey(wanted))
    const shown = made.map((one) => (one._tag === "Success" ? one.success.apiKey : "refused")).filter((text) => text !== null)
    expect(shown).toHaveLength(1)
    const known = await run(Effect.flatMap(Commands, ({ load }) => load(apiKey, KEY)))
    expect(known).toMatchObject({ digest: `of ${parseKey(shown[0] ?? "")?.secret}` })
  })

  it("grant one of two amounts", async () => {
    const { bothAtOnce, ledger } = await world()
    const grant = { namespaceId: NAMESPACE, grantId: "again", reason: "test" }
    const [, second] = await bothAtOnce(grantCredits({ ...grant, amount: 1n }), grantCredits({ ...grant, amount: 2n }))
    expect(second).toMatchObject({ failure: { _tag: "GrantConflict" } })
    expect((await ledger(NAMESPACE)).available).toBe(101n)
  })

  it("make a namespace with one of two names", async () => {
    const { bothAtOnce } = await world()
    const wanted = { accountId: ACCOUNT, namespaceId: NEW_NAMESPACE }
    const [, second] = await bothAtOnce(createNamespace({ ...wanted, name: "a" }), createNamespace({ ...wanted, name: "b" }))
    expect(second).toMatchObject({ failure: { _tag: "NamespaceExists" } })
  })

  it("rotate a key once, with one end", async () => {
    const { bothAtOnce, run } = await world()
    await run(createKey({ namespaceId: NAMESPACE, mode: "live", name: "", right: "inference", limits: DEFAULT_LIMITS, by: null, keyId: KEY, rootKeyId: null }))
    const rotation = { keyId: KEY, by: null, successorId: NEXT }
    const both = await bothAtOnce(rotateKey({ ...rotation, overlapMs: 1_000 }), rotateKey({ ...rotation, overlapMs: 9_000_000 }))
    const ends = both.map((one) => (one._tag === "Success" ? one.success.endsAt : null))
    expect(ends[1]).toBe(ends[0])
  })
})

describe("two gateways that change different limits of one key at once", () => {
  it("keep both changes", async () => {
    const { bothAtOnce, run } = await world()
    await run(createKey({ namespaceId: NAMESPACE, mode: "live", name: "", right: "inference", limits: DEFAULT_LIMITS, by: null, keyId: KEY, rootKeyId: null }))
    const change = (limits: Partial<KeyLimits>) => changeKeyLimits({ keyId: KEY, limits, by: null })
    await bothAtOnce(change({ spendPerDay: 5n }), change({ models: ["a"] }))
    const known = await run(Effect.flatMap(Commands, ({ load }) => load(apiKey, KEY)))
    expect(known).toMatchObject({ limits: { ...DEFAULT_LIMITS, spendPerDay: 5n, models: ["a"] } })
  })
})

describe("a rotation that broke off", () => {
  it("is not finished by a key that could not have begun it", async () => {
    const { run, result } = await world()
    await run(createKey({ namespaceId: NAMESPACE, mode: "live", name: "", right: "manage", limits: DEFAULT_LIMITS, by: null, keyId: KEY, rootKeyId: null }))
    const weak: Grantor = { keyId: NEXT, mode: "test", right: "manage", limits: { ...NO_LIMITS, requestsPerSecond: 1 } }
    const begun = { type: "RotateKey", keyId: KEY, successorId: NEXT, endsAt: 1, by: null, at: 1 } as const
    await run(Effect.flatMap(Commands, ({ handle }) => handle(apiKey, KEY, begun, { commandId: "begun", correlationId: KEY })))
    for (const successorId of [null, NEXT]) {
      expect(await result(rotateKey({ keyId: KEY, overlapMs: 1, by: weak, successorId }))).toMatchObject({ failure: { _tag: "ExceedsGrantor", what: "mode" } })
    }
    expect(await result(rotateKey({ keyId: KEY, overlapMs: 1, by: null, successorId: null }))).toMatchObject({ success: { keyId: NEXT } })
  })
})
