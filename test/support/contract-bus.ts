import { Result } from "effect"
import { describe, expect, it, vi } from "vitest"
import { type BusShape, NoReply } from "#commands/ports/bus.ts"
import { countSubject } from "#domain/protocol/bus-messages.ts"
import { attempt, run } from "./contract-events.ts"

const NO_REPLY = Result.fail(new NoReply({ subject: "work" }))
const TIMEOUT_MS = 5_000
const SHORT_TIMEOUT_MS = 20

const upTo = (count: number): readonly number[] => Array.from({ length: count }, (_, n) => n)

/** What every bus promises. `open` gives a bus on which nobody else speaks. */
export const busContract = (adapter: string, open: () => BusShape): void => {
  describe(`bus on ${adapter}`, () => {
    /** All that a bus has delivered on `subject` by the time that a message sent now has come back. */
    const settled = async (bus: BusShape, subject: string): Promise<void> => {
      const { promise, resolve } = Promise.withResolvers<void>()
      const stop = bus.subscribe(subject, (message) => message === "settled" && resolve())
      bus.publish(subject, "settled")
      await promise
      stop()
    }

    it("delivers each message of a publisher once and in order to everybody who listens", async () => {
      const bus = open()
      const seen: unknown[][] = [[], []]
      for (const list of seen) bus.subscribe("tokens.1", (message) => list.push(message))
      for (const n of upTo(1_000)) bus.publish("tokens.1", n)
      await settled(bus, "tokens.1")
      for (const list of seen) expect(list).toEqual([...upTo(1_000), "settled"])
    })

    it("delivers to nobody on another subject, before subscribing or after unsubscribing", async () => {
      const bus = open()
      const seen: unknown[] = []
      bus.publish("tokens.1", "early")
      const unsubscribe = bus.subscribe("tokens.1", (message) => seen.push(message))
      bus.publish("tokens.10", "other")
      bus.publish("tokens", "shorter")
      bus.publish("tokens.1.1", "longer")
      bus.publish("tokens.1", "mine")
      await vi.waitFor(() => expect(seen).toEqual(["mine"]))
      unsubscribe()
      unsubscribe()
      bus.publish("tokens.1", "late")
      await settled(bus, "tokens.1")
      expect(seen).toEqual(["mine"])
    })

    it("takes any text as part of a subject, and no two texts for the same", async () => {
      const models = [
        "tiny", "a.b", "a..b", ".", "..", "", "*", ">", "a b", "a\r\nb", "ü/模型:7b", "%2A", "a%2Eb", "x".repeat(5_000), "x".repeat(5_001),
      ]
      const bus = open()
      const seen: string[] = []
      for (const model of models) bus.subscribe(countSubject(model), () => seen.push(model))
      for (const model of models) bus.publish(countSubject(model), 1)
      await settled(bus, "last")
      expect(seen).toEqual(models)
    })

    it("ends one subscription of a handler that listens twice", async () => {
      const bus = open()
      const seen: unknown[] = []
      const handler = (message: unknown): void => void seen.push(message)
      const first = bus.subscribe("tokens.1", handler)
      bus.subscribe("tokens.1", handler)
      first()
      first()
      bus.publish("tokens.1", 1)
      await settled(bus, "tokens.1")
      expect(seen).toEqual([1, "settled"])
    })

    it("lets a handler unsubscribe itself while a message is delivered", async () => {
      const bus = open()
      const seen: string[] = []
      const unsubscribe = bus.subscribe("tokens.1", () => {
        seen.push("first")
        unsubscribe()
      })
      bus.subscribe("tokens.1", () => seen.push("second"))
      bus.publish("tokens.1", 1)
      bus.publish("tokens.1", 2)
      await settled(bus, "last")
      expect(seen).toEqual(["first", "second", "second"])
    })

    it("delivers to the others, and what comes later, when a handler breaks its promise and throws", async () => {
      const bus = open()
      const seen: unknown[] = []
      bus.subscribe("tokens.1", () => {
        throw new Error("broken handler")
      })
      bus.subscribe("tokens.1", (message) => seen.push(message))
      bus.publish("tokens.1", 1)
      bus.publish("tokens.1", 2)
      await settled(bus, "last")
      expect(seen).toEqual([1, 2])
    })

    it("answers a request through the newest server, and through the one before when that leaves", async () => {
      const bus = open()
      bus.serve("work", async (message) => `old ${String(message)}`)
      const leave = bus.serve("work", async (message) => `new ${String(message)}`)
      expect(await run(bus.request("work", 1, TIMEOUT_MS))).toBe("new 1")
      leave()
      expect(await run(bus.request("work", 2, TIMEOUT_MS))).toBe("old 2")
    })

    it("says NoReply when nobody serves, the server fails or the time is over", async () => {
      const bus = open()
      expect(await attempt(bus.request("work", 1, TIMEOUT_MS))).toEqual(NO_REPLY)
      const leave = bus.serve("work", async () => "for a moment")
      leave()
      expect(await attempt(bus.request("work", 1, TIMEOUT_MS))).toEqual(NO_REPLY)
      bus.serve("work", () => Promise.reject(new Error("broken server")))
      expect(await attempt(bus.request("work", 1, TIMEOUT_MS))).toEqual(NO_REPLY)
      bus.serve("work", () => {
        throw new Error("broken at once")
      })
      expect(await attempt(bus.request("work", 1, TIMEOUT_MS))).toEqual(NO_REPLY)
      bus.serve("work", () => new Promise(() => {}))
      expect(await attempt(bus.request("work", 1, SHORT_TIMEOUT_MS))).toEqual(NO_REPLY)
    })
  })
}
