import { memoryLog } from "#infra/memory/event-log.ts"
import { openPostgresLog } from "#infra/postgres/event-log.ts"
import { openPool } from "#infra/postgres/pool.ts"
import { eventLogContract } from "#test/support/contract-event-log.ts"
import { openTestDatabase } from "#test/support/postgres.ts"

eventLogContract("memory", async () => {
  const log = memoryLog()
  return { one: log, other: log, close: async () => {} }
}, "without gaps")

eventLogContract("embedded Postgres", async () => {
  const database = await openTestDatabase()
  const otherPool = openPool(database.url)
  const one = openPostgresLog(database.pool)
  const other = openPostgresLog(otherPool)
  const close = async (): Promise<void> => {
    await one.close()
    await other.close()
    await otherPool.end()
    await database.close()
  }
  return { one, other, close }
}, "without gaps")
