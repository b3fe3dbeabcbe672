import { jetstreamManager } from "@nats-io/jetstream"
import type { NatsConnection } from "@nats-io/transport-node"
import { Result } from "effect"
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest"
import { NO_STREAM } from "#domain/kernel/envelope.ts"
import { uuidV7 } from "#commands/ids.ts"
import { WrongExpectedRevision } from "#commands/ports/event-store.ts"
import { eventLogContract, type OpenedLog } from "#test/support/contract-event-log.ts"
import { attempt, commitOf, newStream, run } from "#test/support/contract-events.ts"
import { connectNats } from "#infra/nats/connect.ts"
import { connectLog, natsForLog, newPrefix, openNatsTwice } from "#test/support/nats-log.ts"

eventLogContract("NATS JetStream", openNatsTwice)

describe("the log on JetStream", () => {
  let opened: OpenedLog
  beforeAll(async () => {
    opened = await openNatsTwice()
  })
  afterAll(() => opened.close())

  it("keeps streams apart whatever their names have in them", async () => {
    const { one, other } = opened
    const ids = [".", "*", ">", "a.b", "a", "a b", "a%2Eb", "ü", "-", "_"].map((id) => `odd-${id}`)
    const commits = ids.map((stream) => commitOf(stream, NO_STREAM))
    await Promise.all(commits.map((commit) => run(one.store.append(commit))))
    for (const { stream, events } of commits) {
      const kept = await run(other.store.readStream(stream, 0))
      expect(kept.map((event) => [event.stream, event.id])).toEqual([[stream, events[0]?.id]])
    }
  })

  it("takes commits of many events, and reads on within one", async () => {
    const { one, other } = opened
    const commit = commitOf(newStream(), NO_STREAM, 1_000)
    const { position } = await run(one.store.append(commit))
    const events = await run(other.feed.read(position - 1_000n, 2_000))
    expect(events.map(({ id }) => id)).toEqual(commit.events.map(({ id }) => id))
    expect(await run(other.feed.read(events[990]?.position ?? 0n, 5))).toEqual(events.slice(991, 996))
    expect(await run(other.store.readStream(commit.stream, 998))).toEqual(events.slice(998))
  })

  it("tells a stale expectation from a repetition, also where others have appended since", async () => {
    const { one, other } = opened
    const stream = newStream()
    const first = commitOf(stream, NO_STREAM, 2)
    const place = await run(one.store.append(first))
    for (let revision = 1; revision < 20; revision++) await run(other.store.append(commitOf(stream, revision)))
    const stale = commitOf(stream, NO_STREAM)
    expect(await attempt(one.store.append(stale))).toEqual(Result.fail(new WrongExpectedRevision({ stream, expected: NO_STREAM, actual: 20 })))
    expect(await run(one.store.append(first))).toEqual(place)
    expect(await run(one.store.append({ ...first, events: first.events.slice(0, 1) }))).toEqual({ revision: 0, position: place.position - 1n })
  })

  it("finds a repetition whose expectation was brought up to date", async () => {
    const { one, other } = opened
    const first = commitOf(newStream(), NO_STREAM, 2)
    const place = await run(one.store.append(first))
    expect(await run(other.store.append({ ...first, expectedRevision: 1 }))).toEqual(place)
    expect(await run(one.store.readStream(first.stream, 0))).toHaveLength(2)
  })

  it("tells each commit of a batch its own place", async () => {
    const { one, other } = opened
    const commits = Array.from({ length: 30 }, (_, index) => commitOf(newStream(), NO_STREAM, 1 + (index % 3)))
    const places = await Promise.all(commits.map((commit) => run(one.store.append(commit))))
    for (const [index, { stream }] of commits.entries()) {
      const last = (await run(other.store.readStream(stream, 0))).at(-1)
      expect(places[index]).toEqual({ revision: last?.revision, position: last?.position })
    }
  })

  it("writes the others of a batch that one stale commit fails, each once", async () => {
    const { one, other } = opened
    const streams = Array.from({ length: 30 }, newStream)
    await Promise.all(streams.map((stream) => run(one.store.append(commitOf(stream, NO_STREAM)))))
    await run(other.store.append(commitOf(streams[7] ?? "", 0)))
    const results = await Promise.all(streams.map((stream) => attempt(one.store.append(commitOf(stream, 0)))))
    expect(results.flatMap((result, index) => (Result.isFailure(result) ? [index] : []))).toEqual([7])
    for (const stream of streams) expect(await run(other.store.readStream(stream, 0))).toHaveLength(2)
  })

  it("refuses a commit that the server's largest message cannot hold, and nobody beside it", async () => {
    const { store } = opened.one
    const huge = commitOf(newStream(), NO_STREAM)
    const event = { ...huge.events[0], data: "x".repeat(2 * 1024 * 1024) } as (typeof huge.events)[number]
    const [refused, taken] = await Promise.allSettled([
      run(store.append({ ...huge, events: [event] })),
      run(store.append(commitOf(`contract-${uuidV7()}`, NO_STREAM))),
    ])
    expect(refused).toMatchObject({ status: "rejected", reason: { message: expect.stringContaining("max_payload") as string } })
    expect(taken.status).toBe("fulfilled")
  })

  it("hears of what other processes append, once it waits", async () => {
    const { one, other } = opened
    const head = await run(other.feed.head)
    const woken = run(one.feed.waitFor(head))
    await run(other.store.append(commitOf(newStream(), NO_STREAM)))
    await woken
    expect(await run(one.feed.read(head, 10))).not.toEqual([])
  })
})

describe("two processes on a log whose stream can be looked into", () => {
  let nats: Awaited<ReturnType<typeof natsForLog>>
  let connection: NatsConnection
  beforeAll(async () => {
    nats = await natsForLog()
    connection = await connectNats({ url: nats.url, name: "log-inspection" })
  })
  afterAll(async () => {
    await connection.close()
    await nats.close()
  })
  const connectTwo = async () => {
    const on = { ...nats, prefix: newPrefix(), replicas: 1 } as const
    const [one, other] = [await connectLog(on), await connectLog(on)]
    const close = async (): Promise<void> => {
      await other.close()
      await one.destroy()
    }
    return { one, other, prefix: on.prefix, close }
  }

  it("puts a stream that was lost to another process once beside the next batch, not into it", async () => {
    const { one, other, prefix, close } = await connectTwo()
    const streams = Array.from({ length: 30 }, newStream)
    const [busy = ""] = streams
    await Promise.all(streams.map((stream) => run(one.store.append(commitOf(stream, NO_STREAM)))))
    await run(other.store.append(commitOf(busy, 0)))
    await Promise.all(streams.map((stream) => attempt(one.store.append(commitOf(stream, 0)))))
    await run(other.store.append(commitOf(busy, 1)))
    const [lost, ...written] = await Promise.all(streams.map((stream) => attempt(one.store.append(commitOf(stream, 1)))))
    expect(lost !== undefined && Result.isFailure(lost)).toBe(true)
    const { streams: stored } = await jetstreamManager(connection)
    const batches = await Promise.all(written.map(async (result) => {
      const seq = Result.isSuccess(result) ? Number(result.success.position) / 1_000 : 0
      return (await stored.getMessage(`${prefix}-log`, { seq }))?.header.get("Nats-Batch-Id")
    }))
    expect(new Set(batches).size).toBe(1)
    expect(batches[0]).not.toBe("")
    await close()
  })

  it("reads the log itself where its newest commits count, not a mirror that answers for it", async () => {
    const { one, other, prefix, close } = await connectTwo()
    const { streams } = await jetstreamManager(connection)
    const known = Array.from({ length: 10 }, newStream)
    for (const stream of [...known, newStream()]) await run(one.store.append(commitOf(stream, NO_STREAM)))
    // It begins after the commits that are read.
    await streams.add({ name: `${prefix}-mirror`, mirror: { name: `${prefix}-log`, opt_start_seq: known.length + 1 }, mirror_direct: true })
    await vi.waitUntil(() => mirrorAnswers(connection, prefix), { timeout: 10_000 })
    for (const stream of known) expect(await run(other.store.readStream(stream, 0))).toHaveLength(1)
    await streams.delete(`${prefix}-mirror`)
    await close()
  })
})

/** Servers choose by chance who answers. */
const mirrorAnswers = async (connection: NatsConnection, prefix: string): Promise<boolean> => {
  const answer = await connection.request(`$JS.API.DIRECT.GET.${prefix}-log`, JSON.stringify({ seq: 1 }))
  return answer.headers?.get("Nats-Stream") !== `${prefix}-log`
}
