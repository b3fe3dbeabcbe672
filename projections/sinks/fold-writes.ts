import type { Table } from "../table-definition.ts"
import type { Values, Write } from "../writes.ts"

/** What a batch does to one row, in the end. */
export interface RowChange {
  readonly key: Values
  /** Whatever row was there before goes away first. */
  readonly removed: boolean
  /** There is a row in the end. */
  readonly present: boolean
  readonly set: Values
  readonly add: Readonly<Record<string, bigint>>
}

export interface Line {
  readonly key: Values
  readonly columns: Values
}

export interface TableChange {
  readonly table: Table
  readonly rows: Iterable<RowChange>
  readonly lines: readonly Line[]
}

interface OpenRow {
  readonly key: Values
  removed: boolean
  present: boolean
  set: Record<string, unknown>
  add: Record<string, bigint>
}

interface OpenTable {
  readonly table: Table
  readonly rows: Map<string, OpenRow>
  readonly lines: Line[]
}

/** Folds writes per table and row, so that a batch costs few statements however often it touches a row. */
export const foldWrites = (writes: readonly Write[]): readonly TableChange[] => {
  const tables = new Map<string, OpenTable>()
  for (const write of writes) fold(openTable(tables, write.table), write)
  return [...tables.values()].map(({ table, rows, lines }) => ({ table, rows: [...rows.values()], lines }))
}

const fold = (open: OpenTable, write: Write): void => {
  if (write.kind === "append") {
    open.lines.push({ key: write.key, columns: write.columns })
    return
  }
  const row = openRow(open, write.key)
  switch (write.kind) {
    case "put":
      row.present = true
      for (const column of Object.keys(write.columns)) {
        row.set[column] = write.columns[column]
        delete row.add[column]
      }
      return
    case "add":
      row.present = true
      for (const [column, increment] of Object.entries(write.columns)) {
        const known = row.set[column]
        if (known === undefined) row.add[column] = (row.add[column] ?? 0n) + increment
        else row.set[column] = integer(known) + increment
      }
      return
    case "remove":
      row.removed = true
      row.present = false
      row.set = {}
      row.add = {}
  }
}

const integer = (value: unknown): bigint => {
  if (typeof value === "bigint") return value
  if (typeof value === "number") return BigInt(value)
  throw new Error(`cannot add to ${String(value)}`)
}

const openTable = (tables: Map<string, OpenTable>, table: Table): OpenTable => {
  const known = tables.get(table.name)
  if (known !== undefined) return known
  const fresh: OpenTable = { table, rows: new Map(), lines: [] }
  tables.set(table.name, fresh)
  return fresh
}

const openRow = ({ table, rows }: OpenTable, key: Values): OpenRow => {
  const id = keyText(table, key)
  const known = rows.get(id)
  if (known !== undefined) return known
  const fresh: OpenRow = { key, removed: false, present: false, set: {}, add: {} }
  rows.set(id, fresh)
  return fresh
}

/** Distinct keys give distinct texts: no part can hold the separator unescaped. */
export const keyText = (table: Table, key: Values): string => {
  const parts = Object.keys(table.key).map((column) => String(key[column]))
  return parts.length === 1 ? (parts[0] ?? "") : JSON.stringify(parts)
}
