import { randomUUID } from "node:crypto"
import { jetstreamManager } from "@nats-io/jetstream"
import { millis, type NatsConnection } from "@nats-io/transport-node"
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest"
import type { CountersShape } from "#commands/ports/counters.ts"
import type { Delivery } from "#commands/ports/job-stream.ts"
import { memoryCounters } from "#infra/memory/counters.ts"
import { connectNats } from "#infra/nats/connect.ts"
import { natsJobStream } from "#infra/nats/job-stream.ts"
import { jobStreamNames } from "#infra/nats/job-stream-setup.ts"
import { run } from "#test/support/contract-events.ts"
import { assignmentOf, attemptOf, jobStreamContract, listen, NODE } from "#test/support/contract-job-stream.ts"
import { cuttableLink } from "#test/support/cuttable-link.ts"
import { engineUrl } from "#test/support/engines.ts"

const ACK_WAIT_MS = 700

let connection: NatsConnection
beforeAll(async () => {
  connection = await connectNats({ url: engineUrl("nats"), name: "job-stream-test" })
})
afterAll(() => connection.close())

const opened: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of opened.splice(0)) await close()
})

const open = async (counters: CountersShape, environment = `test-${randomUUID()}`, over = connection) => {
  const stream = await natsJobStream(over, { environment, counters, ackWaitMs: ACK_WAIT_MS })
  opened.unshift(async () => {
    await stream.close()
    const { streams } = await jetstreamManager(connection)
    const { jobs, dead, exhausted } = jobStreamNames(environment)
    for (const name of [jobs, dead, exhausted]) await streams.delete(name).catch(() => false)
  })
  return stream
}

const openTwice = async (counters: CountersShape) => {
  const environment = `test-${randomUUID()}`
  return { stream: await open(counters, environment), elsewhere: await open(counters, environment) }
}

jobStreamContract("NATS JetStream", { open: openTwice, ackWaitMs: ACK_WAIT_MS, fakeTime: false })

describe("a job stream on NATS JetStream", () => {
  const WAIT = { timeout: 20_000, interval: 20 }

  it("stores an attempt once however often it is enqueued, and keeps what it cannot read as a dead letter", async () => {
    const environment = `test-${randomUUID()}`
    const counters = memoryCounters()
    const names = jobStreamNames(environment)
    const stream = await open(counters, environment)
    const { streams } = await jetstreamManager(connection)
    for (const n of [1, 1, 2]) await run(stream.enqueue(assignmentOf(n)))
    expect((await streams.info(names.jobs)).state.messages).toBe(2)
    connection.publish(names.subjectOf(NODE), "{")
    await run(stream.enqueue(assignmentOf(3)))
    const { seen } = listen(stream, NODE, ({ ack }) => ack())
    await vi.waitFor(() => expect(seen).toEqual([1, 2, 3].map(attemptOf)), WAIT)
    await vi.waitFor(async () => expect((await streams.info(names.jobs)).state.messages).toBe(0), WAIT)
    const letter = await streams.getMessage(names.dead, { last_by_subj: names.deadSubject })
    expect(letter?.string()).toBe("{")
    expect(letter?.header.get("Reason")).toBe("malformed")
  })

  it("leaves nothing behind for ever: neither an assignment that nobody fetched nor the consumer of a node that is gone", async () => {
    const environment = `test-${randomUUID()}`
    const names = jobStreamNames(environment)
    const stream = await open(memoryCounters(), environment)
    const { streams, consumers } = await jetstreamManager(connection)
    await run(stream.enqueue({ ...assignmentOf(1), expiresAt: Date.now() + 5_000 }))
    const stored = await streams.getMessage(names.jobs, { last_by_subj: names.subjectOf(NODE) })
    expect(stored?.header.get("Nats-TTL")).toBe("65s")
    const { seen } = listen(stream, NODE, ({ ack }) => ack())
    await vi.waitFor(() => expect(seen).toEqual([attemptOf(1)]), WAIT)
    const { config } = await consumers.info(names.jobs, NODE)
    expect(millis(config.inactive_threshold ?? 0)).toBe(3_600_000)
  })

  it("moves what was delivered too often out of the work queue, with its reason", async () => {
    const environment = `test-${randomUUID()}`
    const names = jobStreamNames(environment)
    const stream = await open(memoryCounters(), environment)
    const { streams } = await jetstreamManager(connection)
    listen(stream, NODE)
    await run(stream.enqueue(assignmentOf(1)))
    await vi.waitFor(async () => expect((await streams.info(names.dead)).state.messages).toBe(1), WAIT)
    const letter = await streams.getMessage(names.dead, { last_by_subj: names.deadSubject })
    expect(letter?.json()).toMatchObject({ attemptId: attemptOf(1) })
    expect(letter?.header.get("Reason")).toBe("deliveries")
    await vi.waitFor(async () => expect((await streams.info(names.jobs)).state.messages).toBe(0), WAIT)
    await vi.waitFor(async () => expect((await streams.info(names.exhausted)).state.messages).toBe(0), WAIT)
  })

  it("does not deliver again what was acknowledged while the connection was away", async () => {
    const link = await cuttableLink(engineUrl("nats"))
    const cut = await connectNats({ url: link.url, name: "job-stream-test-cut" })
    const counters = memoryCounters()
    const stream = await open(counters, `test-${randomUUID()}`, cut)
    const deliveries: Delivery[] = []
    let mended = false
    const { seen } = listen(stream, NODE, (delivery) => (mended ? delivery.ack() : deliveries.push(delivery)))
    for (const n of [1, 2]) await run(stream.enqueue(assignmentOf(n)))
    await vi.waitFor(() => expect(seen).toEqual([1, 2].map(attemptOf)), WAIT)
    link.cut()
    deliveries[0]?.ack()
    mended = true
    link.mend()
    await vi.waitFor(() => expect(seen).toHaveLength(3), WAIT)
    await vi.waitFor(() => run(stream.enqueue(assignmentOf(3))), WAIT)
    await vi.waitFor(() => expect(seen.at(-1)).toBe(attemptOf(3)), WAIT)
    expect(seen).toEqual([1, 2, 2, 3].map(attemptOf))
    for (const close of opened.splice(0)) await close()
    await cut.close()
    await link.close()
  })
})
