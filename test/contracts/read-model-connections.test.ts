import { CompiledQuery } from "kysely"
import { describe, expect, it, vi } from "vitest"
import { readModelDb } from "#infra/postgres/read-models.ts"
import { useTestDatabase } from "#test/support/postgres.ts"

const database = useTestDatabase()

describe("a transaction on the read models", () => {
  it("whose connection is cut between two statements fails at the next one, and the process lives", async () => {
    const { pool } = database()
    const cut = readModelDb(pool)
      .transaction()
      .execute(async (trx) => {
        const { rows } = await trx.executeQuery<{ readonly pid: number }>(CompiledQuery.raw("select pg_backend_pid() as pid"))
        await pool.query("select pg_terminate_backend($1)", [rows[0]?.pid])
        const gone = "select count(*)::int as n from pg_stat_activity where pid = $1"
        await vi.waitFor(async () => expect((await pool.query<{ readonly n: number }>(gone, [rows[0]?.pid])).rows[0]?.n).toBe(0))
        await new Promise((resolve) => setImmediate(resolve))
        await trx.executeQuery(CompiledQuery.raw("select 1"))
      })
    await expect(cut).rejects.toThrow()
    expect((await pool.query("select 1 as one")).rows).toEqual([{ one: 1 }])
  })
})
