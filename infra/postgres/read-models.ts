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

/** Statements that a connection keeps parsed and planned; the projections' own are fewer. */
const MAX_PREPARED = 200

const names = new Map<string, { readonly name: string }>()

/** A name for each of the first texts with parameters; others are planned anew each time. */
const prepared = (text: string, values: readonly unknown[]): { readonly name: string } | undefined => {
  if (values.length === 0) return undefined
  const known = names.get(text)
  if (known !== undefined || names.size >= MAX_PREPARED) return known
  const name = { name: `read-models-${names.size}` }
  names.set(text, name)
  return name
}

/** A connection that breaks between two statements of a transaction: the next one fails, and an event without a listener would end the process. */
const unheard = (): void => {}

const exactIntegers = (pool: pg.Pool): PostgresPool => {
  const connect = async (): Promise<Client> => {
    const client = await pool.connect()
    client.on("error", unheard)
    return {
      query: (text, values) => client.query({ text, values: [...values], types, ...prepared(text, values) }),
      release: (destroy) => {
        client.off("error", unheard)
        client.release(destroy)
      },
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
