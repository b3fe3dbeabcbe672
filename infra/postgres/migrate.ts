import { readdir, readFile } from "node:fs/promises"
import { fileURLToPath } from "node:url"
import { Data } from "effect"
import type pg from "pg"

/** The database was used by a newer version of this program; going on could damage it. */
export class SchemaTooNew extends Data.TaggedError("SchemaTooNew")<{ readonly found: number; readonly known: number }> {
  override get message(): string {
    return `the database has schema version ${this.found}, this program knows ${this.known}: use the newer version of it`
  }
}

interface Migration {
  readonly version: number
  readonly name: string
  readonly sql: string
}

const FOLDER = new URL("./migrations/", import.meta.url)
/** Any constant; other users of the database must not use the same. */
const MIGRATION_LOCK = 6_172_839_401

const migrations = async (): Promise<readonly Migration[]> => {
  const names = (await readdir(fileURLToPath(FOLDER))).filter((name) => /^\d{4}-.*\.sql$/.test(name)).sort()
  return Promise.all(
    names.map(async (name) => ({ version: Number(name.slice(0, 4)), name, sql: await readFile(new URL(name, FOLDER), "utf8") })),
  )
}

/**
 * Brings the schemas `log` and `content` to this program's version: all of what is missing or nothing, one process at a time.
 * Throws `SchemaTooNew` and touches nothing when the database is ahead.
 */
export const migrate = async (pool: pg.Pool): Promise<void> => {
  const known = await migrations()
  const client = await pool.connect()
  try {
    await client.query("begin")
    await client.query(`select pg_advisory_xact_lock(${MIGRATION_LOCK})`)
    await client.query(`create table if not exists schema_migrations (
      version integer primary key, name text not null, applied_at timestamptz not null default now())`)
    const { rows } = await client.query<{ readonly found: number }>(
      "select coalesce(max(version), 0) as found from schema_migrations",
    )
    const found = rows[0]?.found ?? 0
    const latest = known.at(-1)?.version ?? 0
    if (found > latest) throw new SchemaTooNew({ found, known: latest })
    for (const { version, name, sql } of known.filter((migration) => migration.version > found)) {
      await client.query(sql)
      await client.query("insert into schema_migrations (version, name) values ($1, $2)", [version, name])
    }
    await client.query("commit")
    client.release()
  } catch (cause) {
    // Closing the connection ends the transaction, whatever state it is in.
    client.release(true)
    throw cause
  }
}
