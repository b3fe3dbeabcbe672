import { jetstreamManager } from "@nats-io/jetstream"
import { Effect, Fiber, Result } from "effect"
import { describe, expect, it, onTestFinished } from "vitest"
import { NO_STREAM, type Position } from "#domain/kernel/envelope.ts"
import { EventStoreUnavailable, type EventStoreShape } from "#commands/ports/event-store.ts"
import { connectNats } from "#infra/nats/connect.ts"
import { EventLogRefused } from "#infra/nats/log-refused.ts"
import { attempt, commitOf, newStream, readAll, run, tail } from "#test/support/contract-events.ts"
import { openNatsGate } from "#test/support/nats-gate.ts"
import { type ConnectedLog, connectLog, type LogOn, newPrefix } from "#test/support/nats-log.ts"
import { type NatsServers, type NatsServersOptions, startNatsServers } from "#test/support/nats-servers.ts"

const serversFor = async (options: NatsServersOptions): Promise<NatsServers> => {
  const servers = await startNatsServers(options)
  onTestFinished(() => servers.close())
  return servers
}

const logOn = async (on: LogOn): Promise<ConnectedLog> => {
  const log = await connectLog(on)
  onTestFinished(() => log.close())
  return log
}

interface Load {
  readonly acknowledged: Map<string, Position>
  readonly streams: readonly string[]
  readonly done: Promise<unknown>
}

/** Appends on a stream per writer until `enough`; keeps what each acknowledgement said. */
const load = (stores: readonly EventStoreShape[], writers: number, enough: (acknowledged: number) => boolean): Load => {
  const acknowledged = new Map<string, Position>()
  const streams = Array.from({ length: writers }, newStream)
  const write = async (stream: string, index: number): Promise<void> => {
    const store = stores[index % stores.length]
    for (let revision = -1; store !== undefined && !enough(acknowledged.size); revision++) {
      const commit = commitOf(stream, revision)
      const { position } = await run(store.append(commit))
      acknowledged.set(commit.events[0]?.id ?? "", position)
    }
  }
  return { acknowledged, streams, done: Promise.all(streams.map(write)) }
}

/** Every acknowledged event is there once, where its acknowledgement said, and there is nothing else. */
const expectExactly = async (log: ConnectedLog, { acknowledged, streams }: Load): Promise<void> => {
  const events = await readAll(log.feed)
  const stored = new Map(events.map(({ id, position }) => [id, position]))
  expect(events).toHaveLength(stored.size)
  expect([...acknowledged].filter(([id, position]) => stored.get(id) !== position)).toEqual([])
  expect(stored.size).toBe(acknowledged.size)
  for (const stream of streams) {
    const revisions = (await run(log.store.readStream(stream, 0))).map(({ revision }) => revision)
    expect(revisions).toEqual(revisions.map((_, index) => index))
  }
}

describe("a server that is killed under load", () => {
  it("loses no acknowledged commit of 64 writers and doubles none", async () => {
    const { url, monitorUrls, servers } = await serversFor({ count: 1, sync: "always" })
    const on = { url, monitorUrls, prefix: newPrefix(), replicas: 1 } as const
    const [one, other] = [await logOn(on), await logOn(on)]
    const [kills, perKill] = [4, 800]
    let killed = 0
    const restarts: Promise<void>[] = []
    const loaded = load([one.store, other.store], 64, (acknowledged) => {
      if (killed < kills && acknowledged > (killed + 1) * perKill) {
        killed++
        const [server] = servers
        if (server !== undefined) restarts.push(server.kill().then(() => server.start()))
      }
      return acknowledged > (kills + 1) * perKill
    })
    await loaded.done
    await Promise.all(restarts)
    expect(killed).toBe(kills)
    await expectExactly(await logOn(on), loaded)
  })

  it("is unavailable in words when it stays away, and takes appends again once it is back", async () => {
    const { url, monitorUrls, servers } = await serversFor({ count: 1, sync: "always" })
    const log = await logOn({ url, monitorUrls, prefix: newPrefix(), replicas: 1 })
    const commit = commitOf(newStream(), NO_STREAM)
    await servers[0]?.kill()
    const [away] = await Promise.all([attempt(log.store.append(commit)), attempt(log.feed.head)])
    expect(away).toEqual(Result.fail(new EventStoreUnavailable({ reason: "no server can be reached" })))
    await servers[0]?.start()
    const place = await run(log.store.append(commit))
    expect(await run(log.store.append(commit))).toEqual(place)
    expect(await run(log.store.readStream(commit.stream, 0))).toHaveLength(1)
  })
})

describe("a cluster of three servers", () => {
  it("goes on after its leader was killed under load, with each acknowledged commit once", async () => {
    const { url, monitorUrls, servers } = await serversFor({ count: 3, sync: "always" })
    const on = { url, monitorUrls, prefix: newPrefix(), replicas: 3 } as const
    const [one, other] = [await logOn(on), await logOn(on)]
    const [before, total] = [600, 2_000]
    const leader = await one.leader()
    const killing: Promise<void>[] = []
    const followed = Effect.runFork(Effect.promise(() => tail(other.feed, { after: 0n, count: total })))
    const loaded = load([one.store, other.store], 32, (acknowledged) => {
      if (acknowledged >= before && killing.length === 0) {
        killing.push(servers.find(({ name }) => name === leader)?.kill() ?? Promise.reject(new Error(`no server ${leader}`)))
      }
      return acknowledged >= total
    })
    await loaded.done
    await Promise.all(killing)
    expect(killing).toHaveLength(1)
    expect(await one.leader()).not.toBe(leader)
    await expectExactly(one, loaded)
    const seen = await run(Fiber.join(followed))
    expect(seen.map(({ id }) => id)).toEqual((await readAll(one.feed)).slice(0, seen.length).map(({ id }) => id))

    await servers.find(({ name }) => name === leader)?.start()
    await expectExactly(await logOn(on), loaded)
  })
})

describe("an acknowledgement that is lost", () => {
  const behindGate = async () => {
    const { url, monitorUrls, servers } = await serversFor({ count: 1, sync: "always" })
    const gate = await openNatsGate(servers[0]?.port ?? 0)
    const prefix = newPrefix()
    const witness = await logOn({ url, monitorUrls, prefix, replicas: 1 })
    const log = await logOn({ url: gate.url, monitorUrls, prefix, replicas: 1 })
    onTestFinished(() => gate.close())
    return { gate, witness, log }
  }

  it("is made up for by the commit's own place, even where another writer went on from it", async () => {
    const { gate, witness, log } = await behindGate()
    const stream = newStream()
    await run(log.store.append(commitOf(stream, NO_STREAM)))
    const head = await run(witness.feed.head)
    gate.mute()
    const commit = commitOf(stream, 0, 2)
    const appending = run(log.store.append(commit))
    await run(witness.feed.waitFor(head))
    for (let revision = 2; revision < 5; revision++) await run(witness.store.append(commitOf(stream, revision)))
    gate.breakOff()
    const events = await run(witness.store.readStream(stream, 0))
    expect(await appending).toEqual({ revision: 2, position: events[2]?.position })
    expect(events.map(({ id }) => id).slice(1, 3)).toEqual(commit.events.map(({ id }) => id))
    expect(events).toHaveLength(6)
  })

  it("of a batch leaves each commit once, at the place that its caller is told", async () => {
    const { gate, witness, log } = await behindGate()
    const head = await run(witness.feed.head)
    gate.mute()
    const commits = Array.from({ length: 40 }, () => commitOf(newStream(), NO_STREAM, 2))
    const appending = Promise.all(commits.map((commit) => run(log.store.append(commit))))
    await run(witness.feed.waitFor(head))
    gate.breakOff()
    const places = await appending
    const events = await readAll(witness.feed)
    expect(events).toHaveLength(80)
    for (const [index, { stream }] of commits.entries()) {
      const last = events.findLast((event) => event.stream === stream)
      expect(places[index]).toEqual({ revision: 1, position: last?.position })
    }
  })
})

describe("a server that must not keep the domain log", () => {
  const refusal = async (on: LogOn): Promise<string> => {
    const result = await connectLog(on).then((log) => log.close().then(() => "taken"), (cause: unknown) => cause)
    if (!(result instanceof EventLogRefused)) throw new Error(`not refused: ${String(result)}`)
    return result.message
  }

  it("is refused when it does not sync every message, or when nobody says so", async () => {
    const { url, monitorUrls } = await serversFor({ count: 1, sync: "10ms" })
    const on = { url, prefix: newPrefix(), replicas: 1 } as const
    expect(await refusal({ ...on, monitorUrls })).toContain("sync_interval: always")
    expect(await refusal({ ...on, monitorUrls: [] })).toContain("set NATS_MONITOR_URL")
    expect(await refusal({ ...on, monitorUrls: ["http://127.0.0.1:9"] })).toContain("NATS server n1")
  })

  it("is refused when it is older than 2.14", async () => {
    const { monitorUrls, servers } = await serversFor({ count: 1, sync: "always" })
    const gate = await openNatsGate(servers[0]?.port ?? 0, (said) =>
      Buffer.from(said.toString("latin1").replace(/"version":"2\.\d+\.\d+"/, '"version":"2.12.9"'), "latin1"),
    )
    onTestFinished(() => gate.close())
    expect(await refusal({ url: gate.url, monitorUrls, prefix: newPrefix(), replicas: 1 })).toContain("2.12.9")
  })

  it("is refused when one server of its cluster has no monitoring port in the list", async () => {
    const { url, monitorUrls, servers } = await serversFor({ count: 3, sync: "always" })
    const on = { url, prefix: newPrefix(), replicas: 3 } as const
    expect(await refusal({ ...on, monitorUrls: monitorUrls.slice(1) })).toContain(servers[0]?.name)
    await (await connectLog({ ...on, monitorUrls })).close()
  })

  it("is refused when it has no two others for three replicas", async () => {
    const { url, monitorUrls } = await serversFor({ count: 1, sync: "always" })
    expect(await refusal({ url, monitorUrls, prefix: newPrefix(), replicas: 3 })).toContain("not in a cluster")
  })

  it("is refused when the log's stream there could lose events", async () => {
    const { url, monitorUrls } = await serversFor({ count: 1, sync: "always" })
    const connection = await connectNats({ url, name: "log-test" })
    onTestFinished(() => connection.close())
    const manager = await jetstreamManager(connection)
    const prefix = newPrefix()
    await manager.streams.add({ name: `${prefix}-log`, subjects: [`${prefix}.log.>`], allow_atomic: true, allow_direct: true, deny_purge: true })
    const said = await refusal({ url, monitorUrls, prefix, replicas: 1 })
    expect(said).toContain("deny_delete is false, not true")
    expect(said).toContain('discard is "old", not "new"')
  })
})
