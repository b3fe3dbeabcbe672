import { columnType, sqlType, type Table } from "../table-definition.ts"
import type { Values } from "../writes.ts"
import type { Line, RowChange, TableChange } from "./fold-writes.ts"

/** One statement with one parameter: the rows as a JSON array. */
export interface Statement {
  readonly sql: string
  readonly rows: readonly Values[]
}

const quoted = (names: readonly string[]): string => names.map((name) => `"${name}"`).join(", ")

/** `$1` as a relation with the table's own types. */
const recordset = (table: Table, columns: readonly string[]): string => {
  const typed = columns.map((column) => `"${column}" ${sqlType(columnType(table, column))}`)
  return `json_to_recordset($1::json) as given (${typed.join(", ")})`
}

/** What is selected for the columns. Postgres reads a null of JSON as one of SQL, which a column of JSON refuses. */
const selected = (table: Table, columns: readonly string[], relation: string): string =>
  columns
    .map((column) => {
      const value = `${relation}."${column}"`
      return columnType(table, column) === "json" ? `coalesce(${value}, 'null'::jsonb)` : value
    })
    .join(", ")

const deletion = (table: Table, schema: string, rows: readonly RowChange[]): Statement => {
  const key = Object.keys(table.key)
  const same = key.map((column) => `target."${column}" = given."${column}"`).join(" and ")
  return {
    sql: `delete from "${schema}"."${table.name}" as target using ${recordset(table, key)} where ${same}`,
    rows: rows.map((row) => row.key),
  }
}

interface Shape {
  readonly set: readonly string[]
  readonly add: readonly string[]
}

const upsert = (table: Table, schema: string, { set, add }: Shape, rows: readonly RowChange[]): Statement => {
  const key = Object.keys(table.key)
  const columns = [...key, ...set, ...add]
  const changes = [
    ...set.map((column) => `"${column}" = excluded."${column}"`),
    ...add.map((column) => `"${column}" = target."${column}" + excluded."${column}"`),
  ]
  const otherwise = changes.length === 0 ? "nothing" : `update set ${changes.join(", ")}`
  return {
    sql:
      `insert into "${schema}"."${table.name}" as target (${quoted(columns)}) ` +
      `select ${selected(table, columns, "given")} from ${recordset(table, columns)} on conflict (${quoted(key)}) do ${otherwise}`,
    rows: rows.map((row) => ({ ...row.key, ...row.set, ...row.add })),
  }
}

/** Rows that change the same columns go into one statement. */
const byShape = (rows: readonly RowChange[]): readonly (readonly RowChange[])[] => {
  const shapes = new Map<string, RowChange[]>()
  for (const row of rows) {
    const shape = `${Object.keys(row.set).sort().join()};${Object.keys(row.add).sort().join()}`
    const same = shapes.get(shape)
    if (same === undefined) shapes.set(shape, [row])
    else same.push(row)
  }
  return [...shapes.values()]
}

const DEFAULTS = { text: "", "text?": null, int: 0, "int?": null, json: null } as const

const defaultsOf = (table: Table): string =>
  JSON.stringify(Object.fromEntries(Object.entries(table.columns).map(([name, type]) => [name, DEFAULTS[type]])))

/** One statement for rows that set all sorts of columns: each is what it was, or a default row, with its own columns on top. */
const patch = (table: Table, schema: string, rows: readonly RowChange[]): Statement => {
  const key = Object.keys(table.key)
  const columns = [...key, ...Object.keys(table.columns)]
  const target = `"${schema}"."${table.name}"`
  const typed = key.map((column) => `"${column}" ${sqlType(columnType(table, column))}`)
  const same = key.map((column) => `old."${column}" = given."${column}"`).join(" and ")
  const changes = Object.keys(table.columns).map((column) => `"${column}" = excluded."${column}"`)
  return {
    sql:
      `insert into ${target} as target (${quoted(columns)}) ` +
      `select ${selected(table, columns, "fresh")} ` +
      `from json_to_recordset($1::json) as given (${typed.join(", ")}, patch jsonb) left join ${target} as old on ${same} ` +
      `cross join lateral jsonb_populate_record(old, ` +
      `case when old."${key[0]}" is null then '${defaultsOf(table)}'::jsonb || given.patch else given.patch end) as fresh ` +
      `on conflict (${quoted(key)}) do update set ${changes.join(", ")}`,
    rows: rows.map((row) => ({ ...row.key, patch: { ...row.key, ...row.set } })),
  }
}

/** Beyond this many statements for one table, a patch that reads the rows first is cheaper. */
const MAX_SHAPES = 2

const upserts = (table: Table, schema: string, rows: readonly RowChange[]): readonly Statement[] => {
  const shapes = byShape(rows)
  if (shapes.length > MAX_SHAPES && rows.every((row) => Object.keys(row.add).length === 0)) return [patch(table, schema, rows)]
  return shapes.map((same) => {
    const shape = { set: Object.keys(same[0]?.set ?? {}), add: Object.keys(same[0]?.add ?? {}) }
    return upsert(table, schema, shape, same)
  })
}

/** Removals first: a row that was removed and put again begins anew. */
export const rowStatements = ({ table, rows }: TableChange, schema: string): readonly Statement[] => {
  const all = [...rows]
  const removed = all.filter((row) => row.removed)
  const present = all.filter((row) => row.present)
  const changed = upserts(table, schema, present)
  return removed.length === 0 ? changed : [deletion(table, schema, removed), ...changed]
}

const groupColumns = (table: Table): readonly string[] => Object.keys(table.key).slice(0, -1)

const groupOf = (table: Table, key: Values): Values =>
  Object.fromEntries(groupColumns(table).map((column) => [column, key[column]]))

const groupText = (table: Table, key: Values): string =>
  JSON.stringify(groupColumns(table).map((column) => String(key[column])))

/** Reads the running total of each group's last line, as a column `total`; a group without lines has none. */
export const lastTotals = (table: Table, schema: string, lines: readonly Line[]): Statement => {
  const group = groupColumns(table)
  const order = Object.keys(table.key).at(-1)
  const same = group.map((column) => `line."${column}" = given."${column}"`).join(" and ")
  const groups = new Map(lines.map((line) => [groupText(table, line.key), groupOf(table, line.key)]))
  return {
    sql:
      `select ${group.map((column) => `given."${column}"`).join(", ")}, last.total ` +
      `from ${recordset(table, group)} cross join lateral (select line."${table.running?.total}" as total ` +
      `from "${schema}"."${table.name}" as line where ${same} order by line."${order}" desc limit 1) as last`,
    rows: [...groups.values()],
  }
}

/** The lines with their running totals. A line that is already there is an error: it would make the totals wrong. */
export const lineStatement = (
  table: Table,
  schema: string,
  lines: readonly Line[],
  last: readonly (Values & { readonly total: bigint })[],
): Statement => {
  const { running } = table
  if (running === null) throw new Error(`table ${table.name} has no lines to append to`)
  const totals = new Map(last.map((row) => [groupText(table, row), row.total]))
  const rows = lines.map(({ key, columns }) => {
    const group = groupText(table, key)
    const amount = columns[running.amount]
    const total = (totals.get(group) ?? 0n) + (typeof amount === "bigint" ? amount : 0n)
    totals.set(group, total)
    return { ...key, ...columns, [running.total]: total }
  })
  // Columns that a line leaves out arrive as null, which is what their default is: only `amount` and the total are never left out.
  const columns = [...Object.keys(table.key), ...Object.keys(table.columns)]
  return {
    sql:
      `insert into "${schema}"."${table.name}" (${quoted(columns)}) ` +
      `select ${selected(table, columns, "given")} from ${recordset(table, columns)}`,
    rows,
  }
}
