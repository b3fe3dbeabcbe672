import { columnType, type Table } from "#projections/table-definition.ts"
import type { Values, Write } from "#projections/writes.ts"

type Row = Record<string, unknown>

const DEFAULTS = { text: "", "text?": null, int: 0n, "int?": null, json: null } as const

/** Tables in memory that do what each write says, one by one: the plainest reading of the write vocabulary. */
export class InMemoryTables {
  readonly #tables = new Map<string, Map<string, Row>>()

  apply(writes: readonly Write[]): void {
    for (const write of writes) this.#apply(write)
  }

  /** Rows of a table by key, in the order of their keys. */
  rows(table: Table): readonly Row[] {
    return [...this.#rowsOf(table)].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row)
  }

  /** Everything, comparable. */
  all(tables: readonly Table[]): Readonly<Record<string, readonly Row[]>> {
    return Object.fromEntries(tables.map((table) => [table.name, this.rows(table)]))
  }

  #apply(write: Write): void {
    const { table, key } = write
    const rows = this.#rowsOf(table)
    const id = keyOf(table, key)
    if (write.kind === "remove") return void rows.delete(id)
    const row = rows.get(id) ?? { ...fresh(table), ...stored(table, key) }
    if (write.kind === "put") Object.assign(row, stored(table, write.columns))
    if (write.kind === "add") {
      for (const [column, increment] of Object.entries(write.columns)) row[column] = BigInt(String(row[column])) + increment
    }
    if (write.kind === "append") Object.assign(row, stored(table, write.columns), this.#running(table, key, write.columns))
    rows.set(id, row)
  }

  #running(table: Table, key: Values, columns: Values): Row {
    if (table.running === null) throw new Error(`${table.name} takes no lines`)
    const { amount, total } = table.running
    const group = Object.keys(table.key).slice(0, -1)
    const before = this.rows(table).filter((row) => group.every((column) => row[column] === key[column])).at(-1)
    return { [total]: BigInt(String(before?.[total] ?? 0n)) + BigInt(String(columns[amount])) }
  }

  #rowsOf(table: Table): Map<string, Row> {
    const known = this.#tables.get(table.name) ?? new Map<string, Row>()
    this.#tables.set(table.name, known)
    return known
  }
}

const fresh = (table: Table): Row =>
  Object.fromEntries(Object.entries(table.columns).map(([column, type]) => [column, DEFAULTS[type]]))

/** As Postgres keeps it: integers are integers, however they were written. */
const stored = (table: Table, values: Values): Row =>
  Object.fromEntries(
    Object.entries(values).map(([column, value]) => [
      column,
      typeof value === "number" && columnType(table, column).startsWith("int") ? BigInt(value) : value,
    ]),
  )

const WIDTH = 20
const keyOf = (table: Table, key: Values): string =>
  Object.keys(table.key).map((column) => (typeof key[column] === "string" ? key[column] : String(key[column]).padStart(WIDTH, "0"))).join("|")
