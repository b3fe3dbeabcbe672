import process from "node:process"
import { Effect, Fiber, Result } from "effect"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { NO_STREAM } from "#domain/kernel/envelope.ts"
import { EventStoreUnavailable, WrongExpectedRevision } from "#commands/ports/event-store.ts"
import { EventFeedUnavailable } from "#projections/ports/event-feed.ts"
import { type EventStoreDbLog, openEventStoreDb } from "#infra/eventstoredb/open-event-store-db.ts"
import { commitOf, newStream, readAll, run } from "#test/support/contract-events.ts"
import { type EventStoreDbDouble, startEventStoreDbDouble } from "#test/support/eventstoredb-double/server.ts"
import { eventually } from "#test/support/processes.ts"

const PREFIX = "faults"
/** An event of somebody else's. */
const foreign = () => ({ id: crypto.randomUUID(), type: "Tested", isJson: true, data: Buffer.from("{}"), metadata: new Uint8Array() })
const failureOf = (effect: Effect.Effect<unknown, unknown>) => run(Effect.flip(effect))
const idsOf = (events: readonly { readonly id: string }[]): readonly string[] => events.map(({ id }) => id)

describe("EventStoreDB's adapter against a misbehaving double (NOT EventStoreDB)", () => {
  let double: EventStoreDbDouble
  let one: EventStoreDbLog
  let other: EventStoreDbLog
  beforeEach(async () => {
    double = await startEventStoreDbDouble()
    one = await openEventStoreDb(double.connectionString, { prefix: PREFIX })
    other = await openEventStoreDb(double.connectionString, { prefix: PREFIX })
  })
  afterEach(async () => {
    await one.close()
    await other.close()
    double.kill()
  })

  const kept = async (stream: string) => idsOf(await run(other.store.readStream(stream, 0)))
  const inLog = (stream: string) => double.log.streamOf(`${PREFIX}:${stream}`).at(-1)

  it("writes a commit once and says where it lies, however often the answer gets lost", async () => {
    double.faults.loseAnswers = 3
    const commit = commitOf(newStream(), NO_STREAM, 3)
    const appended = await run(one.store.append(commit))
    expect(double.faults.hits).toBe(3)
    expect(appended).toEqual({ revision: 2, position: inLog(commit.stream)?.position })
    expect(await kept(commit.stream)).toEqual(idsOf(commit.events))
  })

  it("asks again when an append is never answered", async () => {
    double.faults.staySilent = 1
    const commit = commitOf(newStream(), NO_STREAM, 2)
    expect(await run(one.store.append(commit))).toEqual({ revision: 1, position: inLog(commit.stream)?.position })
    expect(await kept(commit.stream)).toEqual(idsOf(commit.events))
  })

  it("knows its own commit whose answer got lost when somebody else has appended behind it", async () => {
    const commit = commitOf(newStream(), NO_STREAM, 2)
    double.faults.onLost = () => void double.log.append(`${PREFIX}:${commit.stream}`, 1, [foreign()])
    double.faults.loseAnswers = 1
    const place = double.log.all.at(-1)?.position ?? 0n
    const appended = await run(one.store.append(commit))
    expect(appended.revision).toBe(1)
    expect(appended.position).toBeGreaterThan(place)
    expect(appended.position).toBeLessThan(inLog(commit.stream)?.position ?? 0n)
  })

  it("knows its own commit even from a server that does not, and finds out where it lies when the server does not say", async () => {
    double.faults.forgetful = true
    double.faults.hidePositions = true
    for (const loseAnswers of [0, 1]) {
      double.faults.loseAnswers = loseAnswers
      const commit = commitOf(newStream(), NO_STREAM, 3)
      const appended = await run(one.store.append(commit))
      expect(appended).toEqual({ revision: 2, position: inLog(commit.stream)?.position })
    }
  })

  it("calls it a conflict when somebody else appended while it could not", async () => {
    const stream = newStream()
    double.faults.unavailable = true
    const refused = Effect.runFork(Effect.result(one.store.append(commitOf(stream, NO_STREAM))))
    await eventually(() => expect(double.faults.hits).toBeGreaterThan(1))
    double.faults.unavailable = false
    double.log.append(`${PREFIX}:${stream}`, "no stream", [foreign()])
    const conflict = new WrongExpectedRevision({ stream, expected: NO_STREAM, actual: 0 })
    expect(await run(Fiber.join(refused))).toEqual(Result.fail(conflict))
  })

  it("rides out a server that is away: writers, stream readers and followers only wait", async () => {
    const commit = commitOf(newStream(), NO_STREAM)
    await run(one.store.append(commit))
    const next = commitOf(commit.stream, 0)
    double.kill()
    const waiting = [one.store.append(next), one.feed.head, other.store.readStream(commit.stream, 0), other.feed.read(0n, 1)].map(
      (effect) => Effect.runFork<unknown, unknown>(effect),
    )
    expect(waiting.map((fiber) => fiber.pollUnsafe())).toEqual(waiting.map(() => undefined))
    await double.revive()
    await Promise.all(waiting.map((fiber) => run(Fiber.join(fiber))))
    expect(await kept(commit.stream)).toEqual(idsOf([...commit.events, ...next.events]))
  })

  it("loses and doubles nothing that was acknowledged while connections break under 24 writers", async () => {
    const writers = Array.from({ length: 24 }, async (_, index) => {
      const { store } = index % 2 === 0 ? one : other
      const stream = newStream()
      const acknowledged: string[] = []
      for (let round = 0; round < 40; round++) {
        const commit = commitOf(stream, round * 2 - 1, 2)
        await run(store.append(commit))
        acknowledged.push(...idsOf(commit.events))
      }
      return { stream, acknowledged }
    })
    for (const size of [300, 900, 1_500]) {
      await eventually(() => expect(double.log.all.length).toBeGreaterThan(size))
      double.faults.loseAnswers = 10
      double.kill()
      await double.revive()
    }
    for (const { stream, acknowledged } of await Promise.all(writers)) expect(await kept(stream)).toEqual(acknowledged)
    expect(await readAll(one.feed)).toHaveLength(24 * 40 * 2)
  })

  it("wakes who waits after its subscription broke, and after it was ended politely", async () => {
    for (const how of ["broken", "ended"] as const) {
      await eventually(() => expect(double.faults.subscriptions).toBe(2))
      double.faults.dropSubscriptions(how)
      expect(double.faults.subscriptions).toBe(0)
      const woken = Effect.runFork(one.feed.waitFor(await run(one.feed.head)))
      await eventually(() => expect(double.faults.subscriptions).toBe(2))
      await run(other.store.append(commitOf(newStream(), NO_STREAM)))
      await run(Fiber.join(woken))
    }
  })

  it("wakes who waits through the subscription alone", async () => {
    await eventually(() => expect(double.faults.subscriptions).toBe(2))
    const woken = Effect.runFork(one.feed.waitFor(await run(one.feed.head)))
    double.faults.unavailable = true
    double.log.append(`${PREFIX}:${newStream()}`, "no stream", [foreign()])
    await run(Fiber.join(woken))
  })

  it("wakes who waits although its subscription has gone mute", async () => {
    double.faults.mute = true
    const woken = Effect.runFork(one.feed.waitFor(await run(one.feed.head)))
    await run(other.store.append(commitOf(newStream(), NO_STREAM)))
    await run(Fiber.join(woken))
  })

  it("survives that no server of the cluster can be found for a while", async () => {
    const unheard: unknown[] = []
    const hear = (reason: unknown): void => void unheard.push(reason)
    process.on("unhandledRejection", hear)
    const host = `${double.host}:${double.port}`
    const cluster = await openEventStoreDb(`esdb://${host},${host}?tls=false`, { prefix: PREFIX })
    double.faults.staySilent = 1
    const unanswered = run(cluster.store.append(commitOf(newStream(), NO_STREAM)))
    await eventually(() => expect(double.faults.hits).toBe(1))
    double.faults.unavailable = true
    const refused = run(cluster.store.append(commitOf(newStream(), NO_STREAM)))
    // Refused, the client asks the cluster for another server; meanwhile the connection of the unanswered append breaks.
    await eventually(() => expect(double.faults.hits).toBeGreaterThan(2))
    double.kill()
    await double.revive()
    await eventually(() => expect(double.faults.hits).toBeGreaterThan(50))
    double.faults.unavailable = false
    await Promise.all([unanswered, refused])
    await cluster.close()
    process.off("unhandledRejection", hear)
    expect(unheard).toEqual([])
  })

  it("says after a while that the server is away, and never that a commit failed", async () => {
    double.kill()
    const [append, read, page, head, opened] = await Promise.all([
      failureOf(one.store.append(commitOf(newStream(), NO_STREAM))),
      failureOf(one.store.readStream(newStream(), 0)),
      failureOf(one.feed.read(0n, 10)),
      failureOf(one.feed.head),
      openEventStoreDb(double.connectionString, { prefix: PREFIX }).catch((cause: unknown) => cause),
    ])
    for (const failure of [append, read]) expect(failure).toBeInstanceOf(EventStoreUnavailable)
    for (const failure of [page, head]) expect(failure).toBeInstanceOf(EventFeedUnavailable)
    expect(opened).toBeInstanceOf(EventStoreUnavailable)
    await double.revive()
    expect(await run(one.feed.head)).toBe(0n)
  })
})
