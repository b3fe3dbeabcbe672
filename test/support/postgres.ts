import { rm } from "node:fs/promises"
import { tmpdir, userInfo } from "node:os"
import { join } from "node:path"
import pg from "pg"
import { afterAll, beforeAll } from "vitest"
import { loadSecrets } from "#infra/config/secrets.ts"
import { openPostgres, type OpenedPostgres } from "#infra/postgres/embedded.ts"
import { migrate } from "#infra/postgres/migrate.ts"
import { openPool } from "#infra/postgres/pool.ts"
import { isAlive } from "#infra/postgres/process-identity.ts"
import { PostgresCannotStart } from "#infra/postgres/start-failure.ts"

export interface TestDatabase {
  readonly url: string
  /** Migrated: schemas `log` and `content` are there and empty. */
  readonly pool: pg.Pool
  readonly close: () => Promise<void>
}

/** Shared by all test processes of this user, and kept: the first run pays for initdb, the others start in 0.1 s. */
const SERVER_FOLDER = join(tmpdir(), `resultity-test-postgres-${userInfo().uid}`)

let databases = 0

/** A database of its own on the shared server (or on that of `DATABASE_URL`). The last one closed stops the server. */
export const openTestDatabase = async (): Promise<TestDatabase> => {
  const server = await openServer()
  const name = `test_${process.pid}_${databases++}`
  await onServer(server, async (client) => {
    await dropLeftovers(client)
    await client.query(`create database ${name}`)
  })
  const url = new URL(server.url)
  url.pathname = `/${name}`
  const pool = openPool(url.href)
  await migrate(pool)
  const close = async (): Promise<void> => {
    await pool.end()
    await onServer(server, (client) => client.query(`drop database if exists ${name} with (force)`))
    await server.close()
  }
  return { url: url.href, pool, close }
}

/** A database for the tests of one file; call at its top level, use the result inside tests. */
export const useTestDatabase = (): (() => TestDatabase) => {
  let database: TestDatabase | null = null
  beforeAll(async () => {
    database = await openTestDatabase()
  })
  afterAll(() => database?.close())
  return () => {
    if (database === null) throw new Error("the test database is there inside tests only")
    return database
  }
}

const openServer = async (): Promise<OpenedPostgres> => {
  const open = async (): Promise<OpenedPostgres> => {
    const { postgresPassword: password } = await loadSecrets(SERVER_FOLDER)
    return openPostgres({ dataDir: SERVER_FOLDER, password, log: () => {} })
  }
  return open().catch(async (cause: unknown) => {
    const outdated = cause instanceof PostgresCannotStart && cause.reason === "other-postgres-version"
    if (!outdated) throw cause
    await rm(SERVER_FOLDER, { recursive: true, force: true })
    return open()
  })
}

const onServer = async (server: OpenedPostgres, work: (client: pg.Client) => Promise<unknown>): Promise<void> => {
  const client = new pg.Client({ connectionString: server.url })
  await client.connect()
  try {
    await work(client)
  } finally {
    await client.end()
  }
}

/** Databases of test processes that were killed. */
const dropLeftovers = async (client: pg.Client): Promise<void> => {
  const { rows } = await client.query<{ readonly name: string }>(
    "select datname as name from pg_database where datname ~ '^test_[0-9]+_[0-9]+$'",
  )
  for (const { name } of rows) {
    if (!isAlive(Number(name.split("_")[1]))) await client.query(`drop database if exists ${name} with (force)`)
  }
}
