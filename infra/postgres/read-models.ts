import { Kysely, PostgresDialect, type PostgresPool } from "kysely"
import pg from "pg"
import { LIVE_SCHEMA, type ReadDb, type ReadTables } from "#projections/read-db.ts"

const INT8 = 20
const NUMERIC = 1700

/** 64-bit integers and sums of them as `bigint`, for these queries alone: the parsers of the rest of the process stay as they are. */
const types = {
  getTypeParser: (oid: number, format?: "text" | "binary") =>
    oid === INT8 || oid === NUMERIC ? (text: string) => BigInt(text) : pg.types.getTypeParser(oid, format),
}

interface Client {
  readonly query: (text: string, values: readonly unknown[]) => Promise<pg.QueryResult>
  readonly release: (destroy?: boolean) => void
}

const exactIntegers = (pool: pg.Pool): PostgresPool => {
  const connect = async (): Promise<Client> => {
    const client = await pool.connect()
    return {
      query: (text, values) => client.query({ text, values: [...values], types }),
      release: (destroy) => client.release(destroy),
    }
  }
  // The pool itself belongs to the composition root.
  const end = async (): Promise<void> => {}
  // Kysely's type also has cursors, which need another package and which nothing here opens.
  return { connect, end, options: pool.options } as unknown as PostgresPool
}

/** All schemas: for the projection sink and the audit tools, which name theirs. */
export const readModelDb = (pool: pg.Pool): ReadDb =>
  new Kysely<ReadTables>({ dialect: new PostgresDialect({ pool: exactIntegers(pool) }) })

/** The live read models: what the query factories take. */
export const liveReadModels = (pool: pg.Pool): ReadDb => readModelDb(pool).withSchema(LIVE_SCHEMA)
