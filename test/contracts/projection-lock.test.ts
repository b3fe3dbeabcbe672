import { Effect } from "effect"
import { afterEach, describe, expect, it, vi } from "vitest"
import { postgresProjectionLock } from "#infra/postgres/projection-lock.ts"
import { type Child, startChild } from "#test/support/contract-child.ts"
import { useTestDatabase } from "#test/support/postgres.ts"

const database = useTestDatabase()
const children: Child[] = []
afterEach(() => {
  for (const child of children.splice(0)) child.process.kill("SIGKILL")
})

const holder = async (): Promise<Child> => {
  const child = startChild("./contract-lock-process.ts", [database().url])
  children.push(child)
  await child.untilLines(1)
  return child
}

/** Takes the lock here and gives it back. */
const taken = () => Effect.runPromise(Effect.scoped(Effect.asVoid(postgresProjectionLock(database().pool).acquire)))

describe("the projection lock", () => {
  it("goes on to another process when its holder is killed", async () => {
    const child = await holder()
    child.process.kill("SIGKILL")
    await taken()
  })

  it("goes on to another process when its holder stands still, and the holder hears of it when it goes on", async () => {
    const child = await holder()
    child.process.kill("SIGSTOP")
    await taken()
    expect(child.lines).toEqual(["held"])
    child.process.kill("SIGCONT")
    await child.untilLines(2)
    expect(child.lines).toEqual(["held", "lost"])
  })

  it("stays with a holder that only has nothing to do", async () => {
    const child = await holder()
    const older = `select count(*)::int as n from pg_locks join pg_stat_activity using (pid)
      where locktype = 'advisory' and granted and datname = current_database() and now() - backend_start > interval '6 seconds'`
    await vi.waitFor(
      async () => {
        const { rows } = await database().pool.query<{ readonly n: number }>(older)
        expect(rows[0]?.n).toBe(1)
      },
      { timeout: 15_000, interval: 250 },
    )
    expect(child.lines).toEqual(["held"])
  })
})
