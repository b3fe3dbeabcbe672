import { Effect, Exit, Fiber, Result } from "effect"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { NO_STREAM } from "#domain/kernel/envelope.ts"
import { WrongExpectedRevision } from "#commands/ports/event-store.ts"
import { appendAnyhow, attempt, commitOf, type LogHandle, newStream, readAll, run, tail } from "./contract-events.ts"

export interface OpenedLog {
  readonly one: LogHandle
  /** The same log as another process would have it. */
  readonly other: LogHandle
  readonly close: () => Promise<void>
}

const idsOf = (events: readonly { readonly id: string }[]): readonly string[] => events.map(({ id }) => id)

/** Every store has one global order; some also number it 1, 2, 3, so that a missing event shows. */
export type Positions = "growing" | "without gaps"

/** The rules of EventStore and EventFeed, for every adapter. */
export const eventLogContract = (adapter: string, open: () => Promise<OpenedLog>, positions: Positions = "growing"): void => {
  describe(`event log on ${adapter}`, () => {
    let opened: OpenedLog
    beforeAll(async () => {
      opened = await open()
    })
    afterAll(() => opened.close())

    appendingRules(() => opened)
    concurrencyRules(() => opened)
    feedRules(() => opened)
    if (positions === "without gaps") numberingRule(() => opened)
  })
}

const appendingRules = (log: () => OpenedLog): void => {
  it("gives back what was appended, to the last byte of its data", async () => {
    const { store } = log().one
    const commit = commitOf(newStream(), NO_STREAM, 3)
    const appended = await run(store.append(commit))
    const events = await run(log().other.store.readStream(commit.stream, 0))
    expect(events.map(({ id, type, data, meta }) => ({ id, type, data, meta }))).toEqual(commit.events)
    expect(events.map(({ revision }) => revision)).toEqual([0, 1, 2])
    expect(appended).toEqual({ revision: 2, position: events[2]?.position })
    expect(Math.abs(Date.now() - (events[0]?.recordedAt ?? 0))).toBeLessThan(60_000)
  })

  it("reads a stream from any revision, and an unknown stream as empty", async () => {
    const { store } = log().one
    const commit = commitOf(newStream(), NO_STREAM, 5)
    await run(store.append(commit))
    expect(idsOf(await run(store.readStream(commit.stream, 3)))).toEqual(idsOf(commit.events.slice(3)))
    expect(await run(store.readStream(commit.stream, 5))).toEqual([])
    expect(await run(store.readStream(newStream(), 0))).toEqual([])
  })

  it("refuses a commit that expects another revision, says the actual one and writes nothing of it", async () => {
    const { store } = log().one
    const stream = newStream()
    await run(store.append(commitOf(stream, NO_STREAM, 2)))
    for (const expected of [NO_STREAM, 0, 2, 7]) {
      const refused = await attempt(store.append(commitOf(stream, expected)))
      expect(refused).toEqual(Result.fail(new WrongExpectedRevision({ stream, expected, actual: 1 })))
    }
    const nowhere = newStream()
    const refused = await attempt(store.append(commitOf(nowhere, 4)))
    expect(refused).toEqual(Result.fail(new WrongExpectedRevision({ stream: nowhere, expected: 4, actual: NO_STREAM })))
    expect(await run(store.readStream(stream, 0))).toHaveLength(2)
  })

  it("answers a repeated commit with its first place, however stale its expectation is by then", async () => {
    const { one, other } = log()
    const commit = commitOf(newStream(), NO_STREAM, 2)
    const first = await run(one.store.append(commit))
    await run(one.store.append(commitOf(commit.stream, 1, 3)))
    expect(await run(one.store.append(commit))).toEqual(first)
    expect(await run(other.store.append(commit))).toEqual(first)
    expect(await run(one.store.readStream(commit.stream, 0))).toHaveLength(5)
  })

  it("writes a commit once when it is sent many times at the same moment", async () => {
    const { one, other } = log()
    const commit = commitOf(newStream(), NO_STREAM, 2)
    const places = await Promise.all(
      Array.from({ length: 20 }, (_, index) => run((index % 2 === 0 ? one : other).store.append(commit))),
    )
    expect(new Set(places.map(({ position }) => position)).size).toBe(1)
    expect(idsOf(await run(one.store.readStream(commit.stream, 0)))).toEqual(idsOf(commit.events))
  })

  it("does not take a longer commit for a repetition of the shorter one it begins with", async () => {
    const { store } = log().one
    const whole = commitOf(newStream(), NO_STREAM, 3)
    await run(store.append({ ...whole, events: whole.events.slice(0, 2) }))
    const longer = await attempt(store.append(whole))
    expect(longer).toEqual(Result.fail(new WrongExpectedRevision({ stream: whole.stream, expected: NO_STREAM, actual: 1 })))
  })

  it("stops a caller that sends an impossible commit, and nobody beside it", async () => {
    const { store } = log().one
    const good = commitOf(newStream(), NO_STREAM)
    const taken = await run(store.append(good)).then(() => good)
    const impossible = [
      { ...commitOf(newStream(), NO_STREAM), events: [] },
      commitOf(newStream(), NO_STREAM, 1_001),
      commitOf("nodash", NO_STREAM),
      { ...taken, stream: newStream() },
    ]
    const neighbours = Array.from({ length: 16 }, () => commitOf(newStream(), NO_STREAM))
    const exits = await Promise.all([...impossible, ...neighbours].map((commit) => Effect.runPromiseExit(store.append(commit))))
    expect(exits.map(Exit.isSuccess)).toEqual([...impossible.map(() => false), ...neighbours.map(() => true)])
    expect(exits.slice(0, impossible.length).every((exit) => Exit.hasDies(exit))).toBe(true)
  })
}

const concurrencyRules = (log: () => OpenedLog): void => {
  it("lets 64 writers on one stream all in, one after the other, with contiguous revisions", async () => {
    const { one, other } = log()
    const stream = newStream()
    const appended = await Promise.all(
      Array.from({ length: 64 }, (_, index) => appendAnyhow((index % 2 === 0 ? one : other).store, stream)),
    )
    const revisions = appended.map(({ revision }) => revision).toSorted((a, b) => a - b)
    expect(revisions).toEqual(Array.from({ length: 64 }, (_, index) => index))
    const events = await run(one.store.readStream(stream, 0))
    expect(events.map(({ revision }) => revision)).toEqual(revisions)
  })

  it("fails the one commit of many at once that conflicts, and only that one", async () => {
    const { store } = log().one
    const commits = Array.from({ length: 50 }, (_, index) => commitOf(newStream(), index === 23 ? 5 : NO_STREAM, 1 + (index % 3)))
    const results = await Promise.all(commits.map((commit) => attempt(store.append(commit))))
    expect(results.flatMap((result, index) => (Result.isFailure(result) ? [index] : []))).toEqual([23])
    for (const [index, { stream, events }] of commits.entries()) {
      const kept = await run(store.readStream(stream, 0))
      expect(idsOf(kept)).toEqual(index === 23 ? [] : idsOf(events))
    }
  })

  it("keeps the events of a commit together in the global order", async () => {
    const { one, other } = log()
    const start = await run(one.feed.head)
    await Promise.all(
      Array.from({ length: 40 }, (_, index) => run((index % 2 === 0 ? one : other).store.append(commitOf(newStream(), NO_STREAM, 4)))),
    )
    const events = await readAll(one.feed, start)
    expect(events.map(({ revision }) => revision)).toEqual(Array.from({ length: 160 }, (_, index) => index % 4))
  })
}

const feedRules = (log: () => OpenedLog): void => {
  it("has one order of growing positions for everybody, and reads on from any of them", async () => {
    const { one, other } = log()
    const commits = Array.from({ length: 3 }, () => commitOf(newStream(), NO_STREAM, 3))
    for (const commit of commits) await run(one.store.append(commit))
    const events = await readAll(one.feed)
    const positions = events.map(({ position }) => position)
    expect(positions).toEqual([...new Set(positions)].toSorted((a, b) => (a < b ? -1 : 1)))
    expect(positions[0]).toBeGreaterThan(0n)
    expect(await readAll(other.feed)).toEqual(events)
    expect(await run(one.feed.head)).toBe(positions.at(-1))
    for (const [index, after] of [...positions.entries()].slice(-9)) {
      expect(await run(one.feed.read(after, 3))).toEqual(events.slice(index + 1, index + 4))
    }
  })

  it("shows a reader that follows it while others write every event once, in the order of a full reading", async () => {
    const { one, other } = log()
    const after = await run(one.feed.head)
    const writers = 16
    const rounds = 25
    const followed = [one, other].map(({ feed }) => tail(feed, { after, count: writers * rounds * 2 }))
    await Promise.all(
      Array.from({ length: writers }, async (_, index) => {
        const { store } = index % 2 === 0 ? one : other
        const stream = newStream()
        for (let round = 0; round < rounds; round++) await run(store.append(commitOf(stream, round * 2 - 1, 2)))
      }),
    )
    const whole = idsOf(await readAll(one.feed, after))
    expect(whole).toHaveLength(writers * rounds * 2)
    for (const seen of await Promise.all(followed)) expect(idsOf(seen)).toEqual(whole)
  })

  it("wakes who waits once something newer exists, at once when it already does", async () => {
    const { one, other } = log()
    const head = await run(one.feed.head)
    const waiting = [one, other].map(({ feed }) => Effect.runFork(feed.waitFor(head)))
    const appended = await run(one.store.append(commitOf(newStream(), NO_STREAM)))
    await Promise.all(waiting.map((fiber) => run(Fiber.join(fiber))))
    await run(other.feed.waitFor(head))
    const next = Effect.runFork(one.feed.waitFor(appended.position))
    expect(next.pollUnsafe()).toBeUndefined()
    await run(other.store.append(commitOf(newStream(), NO_STREAM)))
    await run(Fiber.join(next))
  })
}

const numberingRule = (log: () => OpenedLog): void => {
  it("numbers the log from 1 without gaps", async () => {
    const { one } = log()
    await run(one.store.append(commitOf(newStream(), NO_STREAM)))
    const events = await readAll(one.feed)
    expect(events.map(({ position }) => position)).toEqual(events.map((_, index) => BigInt(index + 1)))
    expect(await run(one.feed.read(2n, 3))).toEqual(events.slice(2, 5))
  })
}
