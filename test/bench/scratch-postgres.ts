import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type pg from "pg"
import { loadSecrets } from "#infra/config/secrets.ts"
import { openPostgres } from "#infra/postgres/embedded.ts"
import { migrate } from "#infra/postgres/migrate.ts"
import { openPool } from "#infra/postgres/pool.ts"

export interface ScratchPostgres {
  readonly url: string
  readonly pool: pg.Pool
  readonly close: () => Promise<void>
}

/** A durable embedded Postgres with the log's schema, thrown away afterwards. */
export const scratchPostgres = async (): Promise<ScratchPostgres> => {
  const dataDir = await mkdtemp(join(tmpdir(), "resultity-bench-"))
  const { postgresPassword } = await loadSecrets(dataDir)
  const server = await openPostgres({ dataDir, password: postgresPassword, log: () => {} })
  const pool = openPool(server.url)
  await migrate(pool)
  return {
    url: server.url,
    pool,
    close: async () => {
      await pool.end()
      await server.close()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}
