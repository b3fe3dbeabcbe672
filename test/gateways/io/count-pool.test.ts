import { Effect, Result } from "effect"
import { describe, expect, it } from "vitest"
import { type CountReply, countSubject } from "#domain/protocol/bus-messages.ts"
import { CountPool } from "#gateways/io/count-pool.ts"
import { fakeBus } from "#test/support/fake-bus.ts"

/** Long for an answer that is there at once, short for a test. */
const PATIENCE_MS = 20
const counted = (tokens: number): CountReply => ({ ok: true, tokens, longest: tokens, contextLength: 512 })
const unsupported: CountReply = { ok: false, reason: "unsupported", message: "response_format: no" }
const failed: CountReply = { ok: false, reason: "failed", message: "cannot count" }

/** A pool for the model m, and nodes that do what `reply` says; never, where it says nothing. */
const pool = () => {
  const bus = fakeBus()
  const counters = new CountPool(bus, PATIENCE_MS)
  const asked: string[] = []
  const node = (name: string, reply: (n: number) => CountReply | Promise<CountReply> | null) => {
    let n = 0
    return counters.join("m", async () => {
      asked.push(name)
      return reply((n += 1)) ?? new Promise<CountReply>(() => {})
    })
  }
  const ask = () => Effect.runPromise(Effect.map(Effect.result(bus.request(countSubject("m"), { model: "m", request: { task: "chat", messages: [], sampling: {} } }, 1)), Result.getOrNull))
  return { bus, asked, node, ask }
}

describe("the nodes that count prompts", () => {
  it("are asked in turn while none fails", async () => {
    const { node, ask, asked } = pool()
    for (const name of ["a", "b", "c"]) node(name, () => counted(1))
    for (let n = 0; n < 6; n += 1) await ask()
    expect(asked.toSorted()).toEqual(["a", "a", "b", "b", "c", "c"])
  })

  it("do not wait for one that is silent: another is asked soon, and the silent one last from then on", async () => {
    const { node, ask, asked } = pool()
    node("silent", () => null)
    node("honest", () => counted(7))
    node("honest", () => counted(7))
    expect(await ask()).toEqual(counted(7))
    expect(asked).toEqual(["silent", "honest"])
    for (let n = 0; n < 10; n += 1) expect(await ask()).toEqual(counted(7))
    expect(asked.filter((name) => name === "silent")).toHaveLength(1)
  })

  it("stand in for one that cannot count, at once", async () => {
    const { node, ask, asked } = pool()
    node("broken", () => failed)
    node("honest", () => counted(7))
    for (let n = 0; n < 4; n += 1) expect(await ask()).toEqual(counted(7))
    expect(asked).toEqual(["broken", "honest", "honest", "honest", "honest"])
  })

  it("come first again after they helped where the others were silent", async () => {
    const { node, ask, asked } = pool()
    const slow = Promise.withResolvers<CountReply>()
    node("silent", () => null)
    node("honest", (n) => (n === 2 ? slow.promise : counted(7)))
    await ask()
    const waits = ask()
    while (asked.length < 4) await new Promise((resolve) => setImmediate(resolve))
    slow.resolve(counted(8))
    expect(await waits).toEqual(counted(8))
    await ask()
    expect(asked).toEqual(["silent", "honest", "honest", "silent", "honest"])
  })

  it("answer with the failure when all of them failed, and not at all when nobody is there", async () => {
    const { node, ask, bus } = pool()
    const leave = [node("a", () => failed), node("b", () => failed)]
    expect(await ask()).toEqual(failed)
    for (const go of leave) go()
    expect(await ask()).toBe(null)
    expect(bus.listeners()).toEqual([])
  })

  it("go to another node where one's model cannot do what is asked, and blame nobody", async () => {
    const { node, ask } = pool()
    const asked: string[] = []
    node("other", () => (asked.push("other"), unsupported))
    node("able", () => (asked.push("able"), counted(8)))
    expect([await ask(), await ask(), await ask()]).toEqual([counted(8), counted(8), counted(8)])
    // In its turn again, not last.
    expect(asked).toEqual(["other", "able", "able", "other", "able"])
    const none = pool()
    none.node("other", () => unsupported)
    expect(await none.ask()).toEqual(unsupported)
  })

  it("serve the bus once per model, from the first that comes until the last one leaves", async () => {
    const { node, ask, bus } = pool()
    const [first, second] = [node("a", () => counted(1)), node("b", () => counted(2))]
    expect(bus.listeners()).toEqual([countSubject("m")])
    first()
    first()
    expect(await ask()).toEqual(counted(2))
    second()
    node("c", () => counted(3))
    second()
    expect(await ask()).toEqual(counted(3))
  })
})
