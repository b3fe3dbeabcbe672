import { Deferred, Effect, Exit, Fiber, Layer, ManagedRuntime } from "effect"
import { afterEach, describe, expect, it, vi } from "vitest"
import { Commands, commandsLayer } from "#commands/handle.ts"
import { Bus } from "#commands/ports/bus.ts"
import { Counters } from "#commands/ports/counters.ts"
import { EventStore } from "#commands/ports/event-store.ts"
import { type Lease, Leases } from "#commands/ports/leases.ts"
import { asLeader } from "#commands/workflows/leader.ts"
import { creditLedger } from "#domain/credit-ledger/index.ts"
import { NamespaceId } from "#domain/kernel/ids.ts"
import { memoryCounters } from "#infra/memory/counters.ts"
import { memoryLog } from "#infra/memory/event-log.ts"
import { fakeBus } from "#test/support/fake-bus.ts"
import { NAMESPACE } from "#test/support/memory-network.ts"

/** Leases that the test gives and takes. */
const fakeLeases = () => {
  const given: { readonly held: { is: boolean }; readonly lost: Deferred.Deferred<void> }[] = []
  const acquire = () =>
    Effect.sync((): Lease => {
      const held = { is: true }
      const lost = Deferred.makeUnsafe<void>()
      given.push({ held, lost })
      return { fence: given.length, lost: Deferred.await(lost), stillHeld: () => held.is }
    })
  return { given, shape: { acquire } }
}

const stops: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop()
})

const leading = () => {
  const leases = fakeLeases()
  const log = memoryLog()
  const counters = memoryCounters()
  const bus = fakeBus()
  bus.serve("question", async () => "answer")
  const runtime = ManagedRuntime.make(
    Layer.provideMerge(
      commandsLayer({}),
      Layer.mergeAll(Layer.succeed(EventStore, log.store), Layer.succeed(Counters, counters), Layer.succeed(Leases, leases.shape), Layer.succeed(Bus, bus)),
    ),
  )
  const terms: (() => Promise<Exit.Exit<unknown, unknown>>)[] = []
  const requests: (() => Promise<Exit.Exit<unknown, unknown>>)[] = []
  /** Each term shows what it can write, and goes on until it is ended. */
  const work = Effect.gen(function* () {
    const { handle } = yield* Commands
    const { request } = yield* Bus
    const n = terms.length
    requests.push(() => Effect.runPromiseExit(request("question", n, 1_000)))
    const grant = { type: "GrantCredits", namespaceId: NAMESPACE, grantId: `g${n}`, amount: 1n, reason: "test", at: 1 } as const
    terms.push(() => Effect.runPromiseExit(handle(creditLedger, NAMESPACE, grant, { commandId: `grant/${n}`, correlationId: "c" })))
    return yield* Effect.never
  })
  const fiber = runtime.runFork(asLeader("work", work))
  stops.push(() => Effect.runPromise(Fiber.interrupt(fiber)))
  const balance = async (): Promise<bigint> =>
    (await runtime.runPromise(Effect.flatMap(Commands, ({ load }) => load(creditLedger, NamespaceId.make(NAMESPACE))))).available
  return { lease: (n: number) => nth(leases.given, n), terms, writeIn: (n: number) => nth(terms, n)(), requestIn: (n: number) => nth(requests, n)(), counters, balance }
}

const nth = <Item>(items: readonly Item[], n: number): Item => {
  const item = items[n]
  if (item === undefined) throw new Error(`there is no number ${n} yet`)
  return item
}

const eventually = (check: () => void) => vi.waitFor(check, { timeout: 3_000, interval: 5 })

describe("one leader of many processes", () => {
  it("writes while it holds its lease", async () => {
    const { terms, writeIn, balance } = leading()
    await eventually(() => expect(terms).toHaveLength(1))
    expect(Exit.isSuccess(await writeIn(0))).toBe(true)
    expect(await balance()).toBe(1n)
  })

  it("writes nothing from the moment the lease is over, although nobody has told it yet", async () => {
    const { lease, terms, writeIn, counters, balance } = leading()
    await eventually(() => expect(terms).toHaveLength(1))
    lease(0).held.is = false
    expect(Exit.isFailure(await writeIn(0))).toBe(true)
    expect(await balance()).toBe(0n)
    expect(counters.snapshot()).toContainEqual({ name: "leader_refused_total", reason: null, value: 1 })
  })

  it("arranges nothing with others from that moment on", async () => {
    const { lease, terms, requestIn, counters } = leading()
    await eventually(() => expect(terms).toHaveLength(1))
    expect(await requestIn(0)).toEqual(Exit.succeed("answer"))
    lease(0).held.is = false
    expect(Exit.isFailure(await requestIn(0))).toBe(true)
    expect(counters.snapshot()).toContainEqual({ name: "leader_refused_total", reason: null, value: 1 })
  })

  it("ends its work when the lease is lost, and begins again with a new one", async () => {
    const { lease, terms, writeIn, balance } = leading()
    await eventually(() => expect(terms).toHaveLength(1))
    lease(0).held.is = false
    Deferred.doneUnsafe(lease(0).lost, Effect.void)
    await eventually(() => expect(terms).toHaveLength(2))
    expect(Exit.isFailure(await writeIn(0))).toBe(true)
    expect(Exit.isSuccess(await writeIn(1))).toBe(true)
    expect(await balance()).toBe(1n)
  })
})
