import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { describe, expect, it, onTestFinished } from "vitest"
import { openPostgres } from "#infra/postgres/embedded.ts"
import { openPostgresLog, type PostgresLog } from "#infra/postgres/event-log.ts"
import { migrate } from "#infra/postgres/migrate.ts"
import { openPool } from "#infra/postgres/pool.ts"
import { startChild } from "#test/support/contract-child.ts"
import { commitOf, newStream, readAll, run, tail } from "#test/support/contract-events.ts"
import { testFolder } from "#test/support/contract-folder.ts"
import { useTestDatabase } from "#test/support/postgres.ts"

const WRITERS = 16

/** Appends in many streams until `enough`; gives each acknowledged event's id with its position. */
const writeUntil = async (log: PostgresLog, acknowledged: Map<string, bigint>, enough: () => boolean): Promise<void> => {
  await Promise.all(
    Array.from({ length: WRITERS }, async () => {
      const stream = newStream()
      for (let revision = -1; !enough(); revision++) {
        const commit = commitOf(stream, revision)
        const { position } = await run(log.store.append(commit))
        acknowledged.set(commit.events[0]?.id ?? "", position)
      }
    }),
  )
}

describe("an acknowledged append", () => {
  it("is there after the server was killed under load, and the writers only noticed a pause", async () => {
    const dataDir = await testFolder()
    const server = await openPostgres({ dataDir, password: "test", log: () => {} })
    const pool = openPool(server.url)
    await migrate(pool)
    const log = openPostgresLog(pool)
    onTestFinished(async () => {
      await log.close()
      await pool.end()
      await server.close()
    })

    const acknowledged = new Map<string, bigint>()
    const kills = 3
    const perKill = 500
    let killed = 0
    const writing = writeUntil(log, acknowledged, () => {
      if (killed < kills && acknowledged.size > (killed + 1) * perKill) {
        killed++
        void readFile(join(dataDir, "postgres", "postmaster.pid"), "utf8").then((text) => process.kill(Number(text.split("\n")[0]), "SIGKILL"))
      }
      return acknowledged.size > (kills + 1) * perKill
    })
    await writing

    expect(killed).toBe(kills)
    const events = await readAll(log.feed)
    expect(events.map(({ position }) => position)).toEqual(events.map((_, index) => BigInt(index + 1)))
    const stored = new Map(events.map(({ id, position }) => [id, position]))
    expect([...acknowledged].filter(([id, position]) => stored.get(id) !== position)).toEqual([])
    expect(stored.size).toBe(acknowledged.size)
  })
})

describe("the log of several processes", () => {
  const database = useTestDatabase()

  const openLog = (): PostgresLog => {
    const log = openPostgresLog(database().pool)
    onTestFinished(() => log.close())
    return log
  }

  it("is followed by a reader without a missed or a repeated event while two others write", async () => {
    const log = openLog()
    const after = await run(log.feed.head)
    const [writers, rounds] = [8, 100]
    const seen = tail(log.feed, { after, count: 2 * writers * rounds })
    const children = [1, 2].map(() => startChild("contract-append-process.ts", [database().url, String(writers), String(rounds)]))
    await Promise.all(children.map(({ ended }) => ended))
    const whole = await readAll(log.feed, after)
    expect((await seen).map(({ id }) => id)).toEqual(whole.map(({ id }) => id))
    expect(new Set(whole.map(({ id }) => id))).toEqual(new Set(children.flatMap(({ lines }) => lines)))
  })

  it("holds all that a killed process was told is written, and stands open to the others", async () => {
    const log = openLog()
    const after = await run(log.feed.head)
    const child = startChild("contract-append-process.ts", [database().url, "16", "1000000"])
    await child.untilLines(300)
    child.process.kill("SIGKILL")
    await child.ended
    await run(log.store.append(commitOf(newStream(), -1)))
    const ids = new Set((await readAll(log.feed, after)).map(({ id }) => id))
    // The last line may have been cut off with the process.
    expect(child.lines.slice(0, -1).filter((id) => !ids.has(id))).toEqual([])
  })
})
