import { randomUUID } from "node:crypto"
import type { NatsConnection } from "@nats-io/transport-node"
import { Result } from "effect"
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest"
import { memoryCounters, type MemoryCounters } from "#infra/memory/counters.ts"
import { natsBus } from "#infra/nats/bus.ts"
import { MAX_SERVING } from "#infra/nats/bus-answers.ts"
import { connectNats } from "#infra/nats/connect.ts"
import { busContract } from "#test/support/contract-bus.ts"
import { attempt, run } from "#test/support/contract-events.ts"
import { type CuttableLink, cuttableLink } from "#test/support/cuttable-link.ts"
import { engineUrl } from "#test/support/engines.ts"

const TIMEOUT_MS = 5_000
const connections: NatsConnection[] = []
let link: CuttableLink
/** Both processes of a test; the first one's wire can be cut. */
let near: NatsConnection
let far: NatsConnection
let counters: MemoryCounters
let defects: unknown[]
let prefix: string

beforeAll(async () => {
  link = await cuttableLink(engineUrl("nats"))
  near = await connectNats({ url: link.url, name: "bus-test-near" })
  far = await connectNats({ url: engineUrl("nats"), name: "bus-test-far" })
  connections.push(near, far)
})
afterAll(async () => {
  await Promise.all(connections.map((connection) => connection.close()))
  await link.close()
})
beforeEach(() => {
  counters = memoryCounters()
  defects = []
  prefix = `test-${randomUUID()}`
})

const busOn = (connection: NatsConnection) => natsBus(connection, { prefix, counters, onDefect: (cause) => defects.push(cause) })
const counted = (name: string, reason: string): number =>
  counters.snapshot().find((count) => count.name === name && count.reason === reason)?.value ?? 0

busContract("NATS", () => busOn(far))

describe("bus over NATS, between processes", () => {
  it("delivers to listeners in every process and gives a request to one of its servers", async () => {
    const buses = [busOn(near), busOn(far)]
    const heard: number[] = []
    const served: number[] = []
    for (const [index, bus] of buses.entries()) {
      bus.subscribe("tap", () => heard.push(index))
      bus.serve("work", async () => served.push(index))
    }
    await near.flush()
    await far.flush()
    busOn(far).publish("tap", {})
    await run(busOn(far).request("work", {}, TIMEOUT_MS))
    await vi.waitFor(() => expect(new Set(heard)).toEqual(new Set([0, 1])))
    expect(served).toHaveLength(1)
  })

  it("keeps networks on one server apart", async () => {
    const seen: unknown[] = []
    natsBus(far, { prefix: `${prefix}-other`, counters, onDefect: () => {} }).subscribe("tap", (message) => seen.push(message))
    const bus = busOn(far)
    bus.subscribe("tap", (message) => seen.push(message))
    bus.publish("tap", "mine")
    await vi.waitFor(() => expect(seen).toEqual(["mine"]))
    bus.serve("work", async () => "served")
    const other = natsBus(far, { prefix: `${prefix}-other`, counters, onDefect: () => {} })
    expect(await attempt(other.request("work", 1, TIMEOUT_MS))).toSatisfy(Result.isFailure)
  })

  it("reports a handler that throws, a server that fails and a message that JSON cannot hold", async () => {
    const bus = busOn(far)
    bus.subscribe("tap", () => {
      throw new Error("broken handler")
    })
    bus.publish("tap", 1)
    await vi.waitFor(() => expect(defects).toHaveLength(1))
    bus.serve("work", () => Promise.reject(new Error("broken server")))
    expect(await attempt(bus.request("work", 1, TIMEOUT_MS))).toSatisfy(Result.isFailure)
    expect(defects).toHaveLength(2)
    bus.publish("tap", 1n)
    expect(defects).toHaveLength(3)
    expect(counted("bus_dropped_total", "malformed")).toBe(1)
  })

  it("counts a message beyond the server's size instead of sending it, and goes on", async () => {
    const bus = busOn(far)
    const seen: unknown[] = []
    bus.subscribe("tap", (message) => seen.push(message))
    const large = "x".repeat((far.info?.max_payload ?? 0) + 1)
    bus.publish("tap", large)
    bus.publish("tap", "small")
    await vi.waitFor(() => expect(seen).toEqual(["small"]))
    bus.serve("work", async () => "served")
    expect(await attempt(bus.request("work", large, TIMEOUT_MS))).toSatisfy(Result.isFailure)
    expect(counted("bus_dropped_total", "too_large")).toBe(2)
  })

  it("counts what is not JSON and goes on", async () => {
    const bus = busOn(far)
    const seen: unknown[] = []
    bus.subscribe("tap", (message) => seen.push(message))
    far.publish(`${prefix}.tap`, "{")
    bus.publish("tap", 1)
    await vi.waitFor(() => expect(seen).toEqual([1]))
    expect(counted("bus_dropped_total", "malformed")).toBe(1)
  })

  it("refuses more requests at once than a process may answer", async () => {
    const bus = busOn(far)
    const { promise, resolve } = Promise.withResolvers<string>()
    let asked = 0
    bus.serve("work", () => {
      asked++
      return promise
    })
    const waiting = Array.from({ length: MAX_SERVING }, () => run(bus.request("work", 1, TIMEOUT_MS)))
    await vi.waitFor(() => expect(asked).toBe(MAX_SERVING))
    expect(await attempt(bus.request("work", 1, TIMEOUT_MS))).toSatisfy(Result.isFailure)
    resolve("done")
    expect(new Set(await Promise.all(waiting))).toEqual(new Set(["done"]))
    expect(counted("bus_dropped_total", "too_many_requests")).toBe(1)
  })

  it("drops and counts what a server does not read in time, and sends again once it does", async () => {
    const bus = busOn(near)
    const text = "x".repeat(512 * 1024)
    // Without a pause nothing can be read between two messages.
    for (let n = 0; n < 80; n++) bus.publish("tap", text)
    expect(counted("bus_dropped_total", "slow_server")).toBeGreaterThan(0)
    await near.flush()
    const seen: unknown[] = []
    bus.subscribe("tap", (message) => seen.push(message))
    bus.publish("tap", "again")
    await vi.waitFor(() => expect(seen).toEqual(["again"]))
  })

  it("listens and serves again after the connection was cut, and counts what was said in between", async () => {
    const [cut, whole] = [busOn(near), busOn(far)]
    const seen: unknown[] = []
    cut.subscribe("tap", (message) => seen.push(message))
    cut.serve("work", async () => "served")
    link.cut()
    await vi.waitFor(() => expect(counted("bus_connection_total", "lost")).toBeGreaterThan(0))
    cut.publish("tap", "nobody hears")
    const late = cut.subscribe("late", (message) => seen.push(message))
    expect(counted("bus_dropped_total", "disconnected")).toBe(1)
    expect(await attempt(whole.request("work", 1, TIMEOUT_MS))).toSatisfy(Result.isFailure)
    link.mend()
    await vi.waitFor(() => expect(counted("bus_connection_total", "back")).toBeGreaterThan(0), { timeout: TIMEOUT_MS })
    await near.flush()
    whole.publish("tap", "back")
    whole.publish("late", "too")
    await vi.waitFor(() => expect(seen).toEqual(["back", "too"]))
    expect(await run(whole.request("work", 1, TIMEOUT_MS))).toBe("served")
    late()
  })
})
