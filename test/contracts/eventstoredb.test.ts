import { Cause, Effect, Exit } from "effect"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { NO_STREAM } from "#domain/kernel/envelope.ts"
import { EventStoreUnavailable } from "#commands/ports/event-store.ts"
import { type EventStoreDbLog, openEventStoreDb } from "#infra/eventstoredb/open-event-store-db.ts"
import { commitOf, newStream, readAll, run } from "#test/support/contract-events.ts"
import { type EventStoreDbDouble, startEventStoreDbDouble } from "#test/support/eventstoredb-double/server.ts"
import { eventually } from "#test/support/processes.ts"

const idsOf = (events: readonly { readonly id: string }[]): readonly string[] => events.map(({ id }) => id)

describe("EventStoreDB's adapter on a double (NOT EventStoreDB)", () => {
  let double: EventStoreDbDouble
  const opened: EventStoreDbLog[] = []
  const open = async (prefix = "rules", connectionString = double.connectionString): Promise<EventStoreDbLog> => {
    const log = await openEventStoreDb(connectionString, { prefix })
    opened.push(log)
    return log
  }
  beforeEach(async () => {
    double = await startEventStoreDbDouble()
  })
  afterEach(async () => {
    for (const log of opened.splice(0)) await log.close()
    double.kill()
  })

  it("lets several networks share a server: each sees its own streams, none sees the system's", async () => {
    const networks = [await open("prod"), await open("prod2")]
    const commits = networks.map(() => commitOf("job-1", NO_STREAM, 9))
    for (const [index, { store }] of networks.entries()) await run(store.append(commits[index] ?? commitOf("job-1", NO_STREAM)))
    expect(double.log.all.some(({ stream }) => stream.startsWith("$"))).toBe(true)
    for (const [index, { feed, store }] of networks.entries()) {
      const events = await readAll(feed)
      expect(idsOf(events)).toEqual(idsOf(commits[index]?.events ?? []))
      expect(events.map(({ stream }) => stream)).toEqual(events.map(() => "job-1"))
      expect(await run(feed.head)).toBe(events.at(-1)?.position)
      expect(idsOf(await run(store.readStream("job-1", 0)))).toEqual(idsOf(events))
    }
  })

  it("reads a stream of many pages whole", async () => {
    const { store } = await open()
    const stream = newStream()
    for (const round of [0, 1, 2, 3]) await run(store.append(commitOf(stream, round * 400 - 1, 400)))
    const events = await run(store.readStream(stream, 0))
    expect(events.map(({ revision }) => revision)).toEqual(Array.from({ length: 1_600 }, (_, index) => index))
    expect(await run(store.readStream(stream, 1_000))).toEqual(events.slice(1_000))
  })

  it("reads on after a position at which no event begins", async () => {
    const { store, feed } = await open()
    const first = await run(store.append(commitOf(newStream(), NO_STREAM)))
    const next = commitOf(newStream(), NO_STREAM, 2)
    const last = await run(store.append(next))
    for (const nowhere of [first.position + 1n, first.position + 2n]) {
      expect(idsOf(await run(feed.read(nowhere, 10)))).toEqual(idsOf(next.events))
      expect(idsOf(await run(feed.read(nowhere, 1)))).toEqual(idsOf(next.events.slice(0, 1)))
    }
    expect(idsOf(await run(feed.read(last.position - 1n, 10)))).toEqual(idsOf(next.events.slice(1)))
    expect(await run(feed.read(last.position + 1n, 10))).toEqual([])
  })

  it("answers a commit of this process with its first place even at a later revision", async () => {
    const { store } = await open()
    const commit = commitOf(newStream(), NO_STREAM, 2)
    const first = await run(store.append(commit))
    expect(await run(store.append({ ...commit, expectedRevision: 1 }))).toEqual(first)
    expect(await run(store.readStream(commit.stream, 0))).toHaveLength(2)
  })

  it("goes to the leader when it meets another server of the cluster, and finds the leader of a list of servers", async () => {
    const leader = await startEventStoreDbDouble()
    try {
      const writer = await open("rules")
      const reader = await open("rules")
      const follower = await open("rules")
      await eventually(() => expect(double.faults.subscriptions).toBe(3))
      double.faults.leaderElsewhere = leader
      const commit = commitOf(newStream(), NO_STREAM)
      await run(writer.store.append(commit))
      expect(idsOf(await run(reader.store.readStream(commit.stream, 0)))).toEqual(idsOf(commit.events))
      expect(idsOf(await run(follower.feed.read(0n, 10)))).toEqual(idsOf(commit.events))
      expect(double.log.streamOf(`rules:${commit.stream}`)).toEqual([])
      const found = await open("rules", `esdb://${leader.host}:${leader.port},${leader.host}:${leader.port}?tls=false`)
      expect(idsOf(await readAll(found.feed))).toEqual(idsOf(commit.events))
    } finally {
      for (const log of opened.splice(0)) await log.close()
      leader.kill()
    }
  })

  it("stops at an event in its streams that somebody else wrote", async () => {
    const { store, feed } = await open()
    const stream = newStream()
    double.log.append(`rules:${stream}`, "any", [
      { id: crypto.randomUUID(), type: "Foreign", isJson: true, data: Buffer.from("{}"), metadata: new Uint8Array() },
    ])
    const readings = [await run(Effect.flip(store.readStream(stream, 0))), await run(Effect.flip(feed.read(0n, 10)))]
    for (const { reason } of readings) {
      expect(reason).toMatch(/event 0 of rules:.* has no commandId/)
    }
  })

  it("refuses a server that is too old, saying which it needs, and a prefix that would mix with others", async () => {
    const old = await startEventStoreDbDouble({ version: "21.10.9.0" })
    const refused = await openEventStoreDb(old.connectionString, { prefix: "rules" }).catch((cause: unknown) => cause)
    old.kill()
    expect(refused).toBeInstanceOf(EventStoreUnavailable)
    expect(refused).toMatchObject({ reason: expect.stringContaining("22.6 or later") })
    for (const prefix of ["", "$system", "two:parts", "with-dash"]) {
      await expect(openEventStoreDb(double.connectionString, { prefix })).rejects.toThrow("is not a stream prefix")
    }
  })

  it("says what is wrong with a connection string, and nothing of what is secret in it", async () => {
    for (const wrong of ["http://admin:hush@localhost:2113", "esdb://admin:hush@localhost:port", "esdb://admin:hush@localhost?hush"]) {
      const refused = await openEventStoreDb(wrong, { prefix: "rules" }).catch((cause: unknown) => cause)
      expect(refused).toMatchObject({ _tag: "EventStoreUnavailable", reason: expect.stringMatching(/unexpected text at position .*expected/) })
      expect(JSON.stringify(refused)).not.toContain("hush")
    }
  })

  it("takes a commit that the server calls too large for the caller's fault", async () => {
    const { store } = await open()
    double.faults.maxAppendBytes = 2_000
    const exit = await Effect.runPromiseExit(store.append(commitOf(newStream(), NO_STREAM, 20)))
    expect(Exit.isFailure(exit) && Cause.hasDies(exit.cause)).toBe(true)
  })
})
