import { randomUUID } from "node:crypto"
import { type Channel, connect } from "amqplib"
import { Result } from "effect"
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest"
import { memoryCounters, type MemoryCounters } from "#infra/memory/counters.ts"
import { rabbitJobStream } from "#infra/rabbitmq/job-stream.ts"
import { rabbitNames } from "#infra/rabbitmq/topology.ts"
import { attempt, run } from "#test/support/contract-events.ts"
import { assignmentOf, attemptOf, listen, NODE } from "#test/support/contract-job-stream.ts"
import { cuttableLink } from "#test/support/cuttable-link.ts"
import { ownEngine, type OwnEngine } from "#test/support/own-engine.ts"

const ACK_WAIT_MS = 2_500
const WAIT = { timeout: 20_000, interval: 50 }
const COUNT = 40
/** Brokers from this version on honour a message's priority in a quorum queue. */
const PRIORITIES_SINCE = 4

let engine: OwnEngine
let counters: MemoryCounters
let environment: string
beforeAll(async () => {
  engine = await ownEngine("rabbitmq")
})
afterAll(() => engine.close())
beforeEach(() => {
  counters = memoryCounters()
  environment = `test-${randomUUID()}`
})
const opened: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of opened.splice(0)) await close()
})

const open = async (url = engine.url) => {
  const stream = await rabbitJobStream(url, { environment, counters, ackWaitMs: ACK_WAIT_MS })
  opened.push(stream.close)
  return stream
}
const numbers = Array.from({ length: COUNT }, (_, n) => n)

describe("a RabbitMQ broker that is killed and comes back", () => {
  it("loses no confirmed assignment and delivers again exactly what was not acknowledged", async () => {
    const stream = await open()
    const odd = numbers.filter((n) => n % 2 === 1).map(attemptOf)
    let killed = false
    const { seen } = listen(stream, NODE, ({ assignment, ack }) => {
      if (killed || !odd.some((id) => id === assignment.attemptId)) ack()
    })
    for (const n of numbers) await run(stream.enqueue(assignmentOf(n)))
    await vi.waitFor(() => expect(seen.length).toBeGreaterThanOrEqual(COUNT), WAIT)
    const before = seen.length
    killed = true
    await engine.kill()
    expect(await attempt(stream.enqueue(assignmentOf(COUNT)))).toMatchObject({ failure: { _tag: "JobStreamUnavailable" } })
    await engine.restart()
    await vi.waitFor(() => expect(new Set(seen.slice(before))).toEqual(new Set(odd)), WAIT)
    await vi.waitFor(() => run(stream.enqueue(assignmentOf(COUNT))), WAIT)
    await vi.waitFor(() => expect(seen.at(-1)).toBe(attemptOf(COUNT)), WAIT)
    expect(seen.slice(before)).toHaveLength(odd.length + 1)
  })

  it("has every confirmed assignment of a burst that the kill interrupted, each delivered once", async () => {
    const stream = await open()
    await run(stream.enqueue(assignmentOf(COUNT)))
    const burst = numbers.map(async (n) => ({ n, result: await attempt(stream.enqueue(assignmentOf(n))) }))
    await burst[0]
    await engine.kill()
    const outcomes = await Promise.all(burst)
    await engine.restart()
    // What dispatch does with an unknown outcome: the same again.
    for (const { n, result } of outcomes) {
      if (Result.isFailure(result)) await vi.waitFor(() => run(stream.enqueue(assignmentOf(n))), WAIT)
    }
    const { seen } = listen(stream, NODE, ({ ack }) => ack())
    const all = new Set([...numbers, COUNT].map(attemptOf))
    await vi.waitFor(() => expect(new Set(seen)).toEqual(all), WAIT)
    expect(seen).toHaveLength(all.size)
  })
})

describe("a job stream on RabbitMQ", () => {
  it("says that it does not know when the wire is cut under a publish, and the attempt is delivered once all the same", async () => {
    const link = await cuttableLink(engine.url)
    const stream = await open(link.url)
    const { seen } = listen(stream, NODE, ({ ack }) => ack())
    await run(stream.enqueue(assignmentOf(1)))
    const unknown = attempt(stream.enqueue(assignmentOf(2)))
    setImmediate(link.cut)
    expect(await unknown).toMatchObject({ failure: { _tag: "JobStreamUnavailable" } })
    link.mend()
    await vi.waitFor(() => run(stream.enqueue(assignmentOf(2))), WAIT)
    await run(stream.enqueue(assignmentOf(3)))
    await vi.waitFor(() => expect(seen).toEqual([1, 2, 3].map(attemptOf)), WAIT)
    expect(counters.snapshot()).toContainEqual({ name: "job_stream_connection_total", reason: "lost", value: 1 })
    await stream.close()
    await link.close()
  })

  it("goes on when a node's queue is deleted under its consumer", async () => {
    const stream = await open()
    const { seen } = listen(stream, NODE, ({ ack }) => ack())
    await run(stream.enqueue(assignmentOf(1)))
    await vi.waitFor(() => expect(seen).toEqual([attemptOf(1)]), WAIT)
    await onChannel((channel) => channel.deleteQueue(rabbitNames(environment).queueOf(NODE)))
    await vi.waitFor(() => run(stream.enqueue(assignmentOf(2))), WAIT)
    await vi.waitFor(() => expect(seen).toEqual([attemptOf(1), attemptOf(2)]), WAIT)
  })

  it("keeps what it cannot read as a dead letter", async () => {
    const stream = await open()
    await run(stream.enqueue(assignmentOf(1)))
    await onChannel(async (channel) => channel.sendToQueue(rabbitNames(environment).queueOf(NODE), Buffer.from("{")))
    const { seen } = listen(stream, NODE, ({ ack }) => ack())
    const letter = { name: "job_stream_dead_letters_total", reason: "malformed", value: 1 }
    await vi.waitFor(() => expect(counters.snapshot()).toContainEqual(letter), WAIT)
    expect(seen).toEqual([attemptOf(1)])
    const kept = await onChannel((channel) => channel.get(rabbitNames(environment).dead))
    expect(kept !== false && kept.content.toString()).toBe("{")
  })

  it("lets the broker end an assignment that nobody fetched in its time", async () => {
    const stream = await open()
    await run(stream.enqueue({ ...assignmentOf(1), expiresAt: Date.now() + 100 }))
    const letter = { name: "job_stream_dead_letters_total", reason: "expired", value: 1 }
    await vi.waitFor(() => expect(counters.snapshot()).toContainEqual(letter), WAIT)
  })

  it("puts an answer that somebody already reads before new ones, where the broker knows priorities", async () => {
    const stream = await open()
    await run(stream.enqueue({ ...assignmentOf(1), deliveredCharacters: 0 }))
    await run(stream.enqueue({ ...assignmentOf(2), deliveredCharacters: 9 }))
    const { seen } = listen(stream, NODE, ({ ack }) => ack())
    const connection = await connect(engine.url)
    const major = Number.parseInt(String(connection.connection.serverProperties.version), 10)
    await connection.close()
    const expected = major >= PRIORITIES_SINCE ? [2, 1] : [1, 2]
    await vi.waitFor(() => expect(seen).toEqual(expected.map(attemptOf)), WAIT)
  })
})

const onChannel = async <A>(use: (channel: Channel) => Promise<A>): Promise<A> => {
  const connection = await connect(engine.url)
  const channel = await connection.createChannel()
  const result = await use(channel)
  await channel.close()
  await connection.close()
  return result
}
