import { Result } from "effect"
import { describe, expect, it } from "vitest"
import type { BusShape } from "#commands/ports/bus.ts"
import { NoReply } from "#commands/ports/bus.ts"
import { memoryBus } from "#infra/memory/bus.ts"
import { attempt, run } from "#test/support/contract-events.ts"

const NO_REPLY = Result.fail(new NoReply({ subject: "work" }))
const TIMEOUT_MS = 5_000
const SHORT_TIMEOUT_MS = 20

const busContract = (adapter: string, open: () => BusShape): void => {
  describe(`bus on ${adapter}`, () => {
    it("delivers each message of a publisher once and in order to everybody who listens", () => {
      const bus = open()
      const seen: unknown[][] = [[], []]
      for (const list of seen) bus.subscribe("tokens.1", (message) => list.push(message))
      for (let n = 0; n < 100; n++) bus.publish("tokens.1", n)
      for (const list of seen) expect(list).toEqual(Array.from({ length: 100 }, (_, n) => n))
    })

    it("delivers to nobody on another subject, before subscribing or after unsubscribing", () => {
      const bus = open()
      const seen: unknown[] = []
      bus.publish("tokens.1", "early")
      const unsubscribe = bus.subscribe("tokens.1", (message) => seen.push(message))
      bus.publish("tokens.10", "other")
      bus.publish("tokens.1", "mine")
      unsubscribe()
      unsubscribe()
      bus.publish("tokens.1", "late")
      expect(seen).toEqual(["mine"])
    })

    it("ends one subscription of a handler that listens twice", () => {
      const bus = open()
      const seen: unknown[] = []
      const handler = (message: unknown): void => void seen.push(message)
      const first = bus.subscribe("tokens.1", handler)
      bus.subscribe("tokens.1", handler)
      first()
      first()
      bus.publish("tokens.1", 1)
      expect(seen).toEqual([1])
    })

    it("lets a handler unsubscribe itself while a message is delivered", () => {
      const bus = open()
      const seen: string[] = []
      const unsubscribe = bus.subscribe("tokens.1", () => {
        seen.push("first")
        unsubscribe()
      })
      bus.subscribe("tokens.1", () => seen.push("second"))
      bus.publish("tokens.1", 1)
      bus.publish("tokens.1", 2)
      expect(seen).toEqual(["first", "second", "second"])
    })

    it("delivers to the others when a handler breaks its promise and throws", () => {
      const bus = open()
      const seen: unknown[] = []
      bus.subscribe("tokens.1", () => {
        throw new Error("broken handler")
      })
      bus.subscribe("tokens.1", (message) => seen.push(message))
      bus.publish("tokens.1", 1)
      expect(seen).toEqual([1])
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

busContract("memory", memoryBus)
