import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import pg from "pg"
import { afterEach, describe, expect, it } from "vitest"
import type { EventStoreShape } from "#commands/ports/event-store.ts"
import { postgresEventStore } from "#infra/postgres/event-store.ts"
import { migrate } from "#infra/postgres/migrate.ts"
import { openPool } from "#infra/postgres/pool.ts"
import { commitOf, newStream, run } from "#test/support/contract-events.ts"
import { type Append, natsLog, postgresLog, unsynced } from "#test/support/fsync-coverage.ts"
import { traceNats, tracePostgres } from "#test/support/fsync-servers.ts"
import { connectLog } from "#test/support/nats-log.ts"

const ALONE = 30
const ROUNDS = 4
const AT_ONCE = 16
const POSITIONS_PER_COMMIT = 1_000n

const closing: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const step of closing.splice(0).reverse()) await step()
})

/** One after the other, then many at once, so that group commits are seen too. Each has a stream of its own, whose name marks it. */
const appendMany = async (store: EventStoreShape): Promise<readonly Append[]> => {
  const append = async (): Promise<Append> => {
    const stream = newStream()
    const { position } = await run(store.append(commitOf(stream, -1)))
    return { marker: stream, sequence: Number(position / POSITIONS_PER_COMMIT) }
  }
  const appends: Append[] = []
  for (let n = 0; n < ALONE; n += 1) appends.push(await append())
  for (let round = 0; round < ROUNDS; round += 1) appends.push(...(await Promise.all(Array.from({ length: AT_ONCE }, append))))
  return appends
}

/** A monitoring port in front of the real one, which claims that everything is synced. */
const lyingMonitor = async (monitorUrl: string): Promise<string> => {
  const lie = async (): Promise<string> => {
    const varz = (await (await fetch(`${monitorUrl}/varz`)).json()) as { readonly jetstream: { readonly config: object } }
    return JSON.stringify({ ...varz, jetstream: { ...varz.jetstream, config: { ...varz.jetstream.config, sync_always: true } } })
  }
  const server = createServer((_, answer) => void lie().then((text) => answer.end(text)))
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  closing.push(() => new Promise((resolve) => server.close(resolve)))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const probeNats = async (sync: string, monitorOf: (url: string) => Promise<string>) => {
  const server = await traceNats(sync)
  try {
    const monitorUrls = [await monitorOf(server.monitorUrl)]
    const log = await connectLog({ url: server.url, monitorUrls, prefix: "probe", replicas: 1 })
    const appends = await appendMany(log.store)
    await log.close()
    return { appends, calls: await server.stop() }
  } catch (cause) {
    await server.stop().catch(() => {})
    throw cause
  }
}

const probePostgres = async (poolOf: (url: string) => pg.Pool) => {
  const server = await tracePostgres()
  try {
    const pool = poolOf(server.url)
    try {
      await migrate(pool)
      const appends = await appendMany(postgresEventStore(pool))
      await pool.end()
      return { appends, calls: await server.stop() }
    } finally {
      if (!pool.ended) await pool.end()
    }
  } catch (cause) {
    await server.stop().catch(() => {})
    throw cause
  }
}

describe("the money log on the disk, by the server's own system calls", () => {
  it("NATS: every acknowledgement lies after a sync of its block, which lies after the write", async () => {
    const { appends, calls } = await probeNats("always", async (url) => url)
    expect(appends).toHaveLength(ALONE + ROUNDS * AT_ONCE)
    expect(unsynced(calls, appends, natsLog)).toEqual([])
  })

  it("NATS that syncs every 10 ms is caught acknowledging before the sync", async () => {
    const { appends, calls } = await probeNats("10ms", lyingMonitor)
    const caught = unsynced(calls, appends, natsLog)
    expect(caught.length).toBeGreaterThan(ALONE)
    expect(caught[0]).toMatch(/acknowledged before it was (synced|written)$/)
  })

  it("Postgres: every acknowledgement lies after a sync of the write-ahead log, which lies after the write", async () => {
    const { appends, calls } = await probePostgres(openPool)
    expect(appends).toHaveLength(ALONE + ROUNDS * AT_ONCE)
    expect(unsynced(calls, appends, postgresLog)).toEqual([])
  })

  it("Postgres with asynchronous commits is caught acknowledging before the sync", async () => {
    const offender = (url: string) => new pg.Pool({ connectionString: url, options: "-c synchronous_commit=off" })
    const { appends, calls } = await probePostgres(offender)
    expect(unsynced(calls, appends, postgresLog).length).toBeGreaterThan(ALONE)
  })
})
