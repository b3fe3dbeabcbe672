import { Effect, Layer, ManagedRuntime, Result } from "effect"
import { describe, expect, it } from "vitest"
import { grantCredits } from "#commands/credit/grant-credits.ts"
import { Commands, commandsLayer } from "#commands/handle.ts"
import { holdIdOf } from "#commands/ids.ts"
import { placeHolds } from "#commands/job/place-hold.ts"
import { Bus, type BusShape } from "#commands/ports/bus.ts"
import { EventStore } from "#commands/ports/event-store.ts"
import { creditLedger, type LedgerCommand } from "#domain/credit-ledger/index.ts"
import type { KeyId } from "#domain/kernel/ids.ts"
import { ledgerTap } from "#domain/protocol/bus-messages.ts"
import { memoryBus } from "#infra/memory/bus.ts"
import { memoryLog } from "#infra/memory/event-log.ts"
import { jobIdAt, KEY, NAMESPACE } from "#test/support/memory-network.ts"

const GATEWAYS = 3
const ASKED = 180
const NEXT_KEY = "Key000000002" as KeyId
const AT = Date.UTC(2026, 10, 25, 12)
/** 10 for the prompt, 5 for the longest answer. */
const quote = { policyHash: "p", model: "m", promptTokens: 10, maxOutputTokens: 5, inputRate: 1_000_000n, outputRate: 1_000_000n, operatorSharePercent: 50 }
const HOLD = 15n

/** Three gateways, each with a view of the ledger of its own, on one log; the only thing they share beside it are taps. */
const threeGateways = async () => {
  const log = memoryLog()
  const bus: BusShape = memoryBus()
  const gateways = Array.from({ length: GATEWAYS }, () => {
    const ports = Layer.mergeAll(Layer.succeed(EventStore, log.store), Layer.succeed(Bus, bus))
    const commands = commandsLayer({ soleWriter: false, onAppended: () => bus.publish(ledgerTap(NAMESPACE), {}) })
    const runtime = ManagedRuntime.make(Layer.provideMerge(commands, ports))
    return runtime.runPromise.bind(runtime)
  })
  const [first] = gateways
  if (first === undefined) throw new Error("no gateway")
  await first(grantCredits({ namespaceId: NAMESPACE, grantId: "g", amount: 1_000_000n, reason: "test" }))
  const ledger = () => first(Effect.flatMap(Commands, ({ load }) => load(creditLedger, NAMESPACE)))
  const end = (command: LedgerCommand) =>
    first(Effect.flatMap(Commands, ({ handle }) => handle(creditLedger, NAMESPACE, command, { commandId: `end/${command.type}`, correlationId: "t" })))
  /** The nth request, at one of the gateways, with this key of the line. */
  const ask = (n: number, keyId: KeyId, perDay: bigint, at = AT) => {
    const input = { jobId: jobIdAt(n), namespaceId: NAMESPACE, keyId, maxOutputTokens: 5, spendLimits: { rootKeyId: KEY, perDay, perMonth: null } }
    const gateway = gateways[n % GATEWAYS]
    if (gateway === undefined) throw new Error("no gateway")
    return gateway(Effect.result(placeHolds([{ input, quote }], { at, expiresAt: at + 1_000 })))
  }
  return { ask, ledger, end }
}

describe("a key's spending limit for K, with three gateways and no cache", () => {
  it("lets exactly K of many holds through that are asked for at once, rotated keys among them", async () => {
    const { ask, ledger } = await threeGateways()
    // The wait for what is held is over already: what does not fit now is refused.
    const results = await Promise.all(Array.from({ length: ASKED }, (_, n) => ask(n + 1, n % 2 === 0 ? KEY : NEXT_KEY, HOLD * 31n + 14n, AT)))
    expect(results.filter(Result.isSuccess)).toHaveLength(31)
    const refusals = new Set(results.flatMap((result) => (Result.isFailure(result) ? [result.failure._tag] : [])))
    expect([...refusals]).toEqual(["SpendLimitReached"])
    const { held, spending } = await ledger()
    expect([held, spending.get(KEY)?.day.held]).toEqual([HOLD * 31n, HOLD * 31n])
  })

  it("refuses nobody for what comes back: who waits gets what others did not spend", async () => {
    const { ask, end, ledger } = await threeGateways()
    expect(Result.isSuccess(await ask(1, KEY, HOLD, Date.now()))).toBe(true)
    const waiting = ask(2, KEY, HOLD, Date.now())
    await end({ type: "ReleaseHold", namespaceId: NAMESPACE, holdId: holdIdOf(jobIdAt(1)), reason: "failed", at: Date.now() })
    expect(Result.isSuccess(await waiting)).toBe(true)
    await end({ type: "SettleHold", namespaceId: NAMESPACE, holdId: holdIdOf(jobIdAt(2)), reason: "completed", completionTokens: 1, served: [], at: Date.now() })
    expect(await ask(3, KEY, HOLD, Date.now())).toMatchObject({ failure: { _tag: "SpendLimitReached", settled: 11n, held: 0n, required: HOLD } })
    expect((await ledger()).spent).toBe(11n)
  })
})
