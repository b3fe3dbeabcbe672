import { Effect } from "effect"
import { LIVE_SCHEMA } from "../read-db.ts"
import { columnNames, type Table } from "../table-definition.ts"
import { SCRATCH_SCHEMA } from "./scratch.ts"
import { query, type Trx } from "./transaction.ts"

/** A row's columns as Postgres writes them as text. */
export type TextRow = Readonly<Record<string, string | null>>

/** The first row, by primary key, that is not the same in both. A null row is missing on that side. */
export interface Difference {
  readonly table: string
  readonly key: TextRow
  readonly live: TextRow | null
  readonly rebuilt: TextRow | null
  /** Columns that differ; all of them when the row is missing on one side. */
  readonly columns: readonly string[]
}

export type Comparison =
  | { readonly equal: true; readonly rows: number }
  | { readonly equal: false; readonly difference: Difference }

interface Side {
  readonly trx: Trx
  readonly schema: string
}

interface Row {
  readonly key: string
  readonly row: string
}

/** Rows in one round trip of each side. */
const PAGE_ROWS = 5_000

/** Compares one table of both schemas byte for byte: all columns as text, in the order of the primary key. */
export const compareTable = Effect.fnUntraced(function* (table: Table, live: Trx, rebuilt: Trx) {
  const sides: readonly [Side, Side] = [
    { trx: live, schema: LIVE_SCHEMA },
    { trx: rebuilt, schema: SCRATCH_SCHEMA },
  ]
  for (const { trx, schema } of sides) yield* query(trx, openCursor(table, schema))
  let rows = 0
  for (;;) {
    const a = yield* query<Row>(live, fetchPage(table))
    const b = yield* query<Row>(rebuilt, fetchPage(table))
    const index = firstDifference(a, b)
    if (index !== null) {
      const difference = yield* describe(table, sides, a[index], b[index])
      return { equal: false, difference } satisfies Comparison as Comparison
    }
    rows += a.length
    if (a.length < PAGE_ROWS) break
  }
  for (const { trx } of sides) yield* query(trx, `close ${cursor(table)}`)
  return { equal: true, rows } satisfies Comparison as Comparison
})

const cursor = (table: Table): string => `"compare_${table.name}"`

const keyColumns = (table: Table): string => Object.keys(table.key).map((name) => `"${name}"`).join(", ")

const openCursor = (table: Table, schema: string): string => {
  const all = columnNames(table).map((name) => `"${name}"`).join(", ")
  const key = keyColumns(table)
  return (
    `declare ${cursor(table)} no scroll cursor for ` +
    `select row(${key})::text as "key", row(${all})::text as "row" from "${schema}"."${table.name}" order by ${key}`
  )
}

const fetchPage = (table: Table): string => `fetch ${PAGE_ROWS} from ${cursor(table)}`

const firstDifference = (a: readonly Row[], b: readonly Row[]): number | null => {
  const length = Math.max(a.length, b.length)
  for (let index = 0; index < length; index += 1) if (a[index]?.row !== b[index]?.row) return index
  return null
}

/** Of two rows with different keys, one is missing on the other side: the one whose key the other side does not have. */
const describe = Effect.fnUntraced(function* (
  table: Table,
  [live, rebuilt]: readonly [Side, Side],
  a: Row | undefined,
  b: Row | undefined,
) {
  const keys = [a?.key, b?.key].filter((key) => key !== undefined)
  for (const key of keys) {
    const there = yield* textRow(table, live, key)
    const here = yield* textRow(table, rebuilt, key)
    const columns = columnNames(table).filter((name) => there === null || here === null || there[name] !== here[name])
    if (columns.length > 0) return difference(table, there, here, columns)
  }
  return yield* Effect.die(new Error(`rows of ${table.name} differ, and then they do not`))
})

const difference = (table: Table, live: TextRow | null, rebuilt: TextRow | null, columns: readonly string[]): Difference => {
  const row = live ?? rebuilt ?? {}
  const key = Object.fromEntries(Object.keys(table.key).map((name) => [name, row[name] ?? null]))
  return { table: table.name, key, live, rebuilt, columns }
}

const textRow = Effect.fnUntraced(function* (table: Table, { trx, schema }: Side, key: string) {
  const texts = columnNames(table).map((name) => `"${name}"::text as "${name}"`).join(", ")
  const sql = `select ${texts} from "${schema}"."${table.name}" where row(${keyColumns(table)})::text = $1`
  const [row] = yield* query<TextRow>(trx, sql, [key])
  return row ?? null
})
