import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type pg from "pg"
import { loadSecrets } from "#infra/config/secrets.ts"
import { openPostgres } from "#infra/postgres/embedded.ts"
import { migrate } from "#infra/postgres/migrate.ts"
import { openPool } from "#infra/postgres/pool.ts"
import { closedAtTheLatest } from "./clean-up.ts"

export interface ScratchPostgres {
  readonly url: string
  readonly pool: pg.Pool
  readonly close: () => Promise<void>
}

export const scratchFolder = (): Promise<string> => mkdtemp(join(tmpdir(), "resultity-bench-"))

export const removeFolder = (folder: string): Promise<void> => rm(folder, { recursive: true, force: true, maxRetries: 5 })

/** A durable embedded Postgres with the log's schema, thrown away afterwards. */
export const scratchPostgres = async (): Promise<ScratchPostgres> => {
  const dataDir = await scratchFolder()
  const { postgresPassword } = await loadSecrets(dataDir)
  const server = await openPostgres({ dataDir, password: postgresPassword, log: () => {} })
  const pool = openPool(server.url)
  const close = closedAtTheLatest(async () => {
    await pool.end()
    await server.close()
    await removeFolder(dataDir)
  })
  await migrate(pool)
  return { url: server.url, pool, close }
}
