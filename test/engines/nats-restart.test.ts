import { randomUUID } from "node:crypto"
import type { NatsConnection } from "@nats-io/transport-node"
import { Result } from "effect"
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest"
import { memoryCounters, type MemoryCounters } from "#infra/memory/counters.ts"
import { natsBus } from "#infra/nats/bus.ts"
import { connectNats } from "#infra/nats/connect.ts"
import { natsJobStream } from "#infra/nats/job-stream.ts"
import { attempt, run } from "#test/support/contract-events.ts"
import { assignmentOf, attemptOf, listen, NODE } from "#test/support/contract-job-stream.ts"
import { ownEngine, type OwnEngine } from "#test/support/own-engine.ts"

const ACK_WAIT_MS = 1_000
const WAIT = { timeout: 30_000, interval: 20 }
const COUNT = 40

let engine: OwnEngine
let connection: NatsConnection
let counters: MemoryCounters
beforeAll(async () => {
  engine = await ownEngine("nats")
  connection = await connectNats({ url: engine.url, name: "restart-test" })
})
afterAll(async () => {
  await connection.close()
  await engine.close()
})
beforeEach(() => {
  counters = memoryCounters()
})

const killAndRestart = async (): Promise<void> => {
  await engine.kill()
  await engine.restart()
}
const reconnected = (): Promise<void> => vi.waitFor(() => connection.rtt().then(() => {}), WAIT)

describe("a NATS server that is killed and comes back", () => {
  it("has the bus's listeners and servers again", async () => {
    const bus = natsBus(connection, { prefix: `test-${randomUUID()}`, counters, onDefect: () => {} })
    const seen: unknown[] = []
    bus.subscribe("tap", (message) => seen.push(message))
    bus.serve("work", async () => "served")
    await killAndRestart()
    await reconnected()
    bus.publish("tap", "back")
    await vi.waitFor(() => expect(seen).toEqual(["back"]), WAIT)
    expect(await run(bus.request("work", 1, WAIT.timeout))).toBe("served")
  })

  it("delivers again exactly what was not acknowledged, and takes new assignments", async () => {
    const stream = await natsJobStream(connection, { environment: `test-${randomUUID()}`, counters, ackWaitMs: ACK_WAIT_MS })
    const numbers = Array.from({ length: COUNT }, (_, n) => n)
    const odd = numbers.filter((n) => n % 2 === 1).map(attemptOf)
    let acknowledging = (attemptId: string): boolean => !odd.some((id) => id === attemptId)
    const { seen } = listen(stream, NODE, ({ assignment, ack }) => acknowledging(assignment.attemptId) && ack())
    for (const n of numbers) await run(stream.enqueue(assignmentOf(n)))
    await vi.waitFor(() => expect(seen.length).toBeGreaterThanOrEqual(COUNT), WAIT)
    const before = seen.length
    acknowledging = () => true
    await killAndRestart()
    await vi.waitFor(() => expect(new Set(seen.slice(before))).toEqual(new Set(odd)), WAIT)
    await run(stream.enqueue(assignmentOf(COUNT)))
    await vi.waitFor(() => expect(seen.at(-1)).toBe(attemptOf(COUNT)), WAIT)
    expect(seen.slice(before)).toHaveLength(odd.length + 1)
    await stream.close()
  })

  it("has every assignment whose enqueue succeeded before the kill, and says when one's outcome is not known", async () => {
    const stream = await natsJobStream(connection, { environment: `test-${randomUUID()}`, counters, ackWaitMs: ACK_WAIT_MS })
    const enqueued: string[] = []
    for (let n = 0; n < COUNT; n++) {
      await run(stream.enqueue(assignmentOf(n)))
      enqueued.push(attemptOf(n))
    }
    const racing = attempt(stream.enqueue(assignmentOf(COUNT)))
    await engine.kill()
    const unknown = await racing
    if (Result.isSuccess(unknown)) enqueued.push(attemptOf(COUNT))
    expect(await attempt(stream.enqueue(assignmentOf(COUNT + 1)))).toMatchObject({ failure: { _tag: "JobStreamUnavailable" } })
    await engine.restart()
    await reconnected()
    // What dispatch does when it does not know: the same again.
    await vi.waitFor(() => run(stream.enqueue(assignmentOf(COUNT))), WAIT)
    const { seen } = listen(stream, NODE, ({ ack }) => ack())
    await vi.waitFor(() => expect(seen).toEqual(expect.arrayContaining(enqueued)), WAIT)
    expect(seen.filter((id) => id === attemptOf(COUNT))).toHaveLength(1)
    await stream.close()
  })
})
