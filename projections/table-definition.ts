/**
 * Column types of read models. All but the marked ones have a default and refuse null: a write may name only some columns.
 * `int` is a 64-bit integer: amounts, counts, positions and times in milliseconds since 1970.
 */
export type ColumnType = "text" | "text?" | "int" | "int?" | "json"

export type Columns = Readonly<Record<string, ColumnType>>

interface SelectTypes {
  readonly text: string
  readonly "text?": string | null
  readonly int: bigint
  readonly "int?": bigint | null
  readonly json: unknown
}

interface WriteTypes {
  readonly text: string
  readonly "text?": string | null
  readonly int: bigint | number
  readonly "int?": bigint | number | null
  readonly json: unknown
}

export interface Index {
  readonly columns: readonly string[]
  /** SQL condition of a partial index, or null for all rows. */
  readonly where: string | null
}

/** One table of a read model: what exists in Postgres, and the types of its rows, from one text. */
export interface Table<Key extends Columns = Columns, Rest extends Columns = Columns> {
  readonly name: string
  /** The primary key, in order. */
  readonly key: Key
  readonly columns: Rest
  readonly indexes: readonly Index[]
  readonly running: Running | null
}

/**
 * Makes a table one of lines: within a group `total` is the previous line's total plus this line's `amount`, in the order of the
 * last key column. The group is the rest of the key.
 */
export interface Running {
  readonly amount: string
  readonly total: string
}

type Row<C extends Columns> = { readonly [Name in keyof C]: SelectTypes[C[Name]] }
export type KeyValues<C extends Columns> = { readonly [Name in keyof C]: WriteTypes[C[Name]] }
export type ColumnValues<C extends Columns> = { readonly [Name in keyof C]?: WriteTypes[C[Name]] }
export type Increments<C extends Columns> = {
  readonly [Name in keyof C as C[Name] extends "int" ? Name : never]?: bigint
}

/** The row that a query reads. */
export type RowOf<T> = T extends Table<infer Key, infer Rest> ? Row<Key> & Row<Rest> : never

interface Definition<Key extends Columns, Rest extends Columns> {
  readonly key: Key
  readonly columns: Rest
  readonly indexes: readonly Index[]
}

export const defineTable = <const Key extends Columns, const Rest extends Columns>(
  name: string,
  { key, columns, indexes }: Definition<Key, Rest>,
): Table<Key, Rest> => ({ name, key, columns, indexes, running: null })

/** A table of lines that carry a running total; its rows come from `append` alone. */
export const defineLines = <const Key extends Columns, const Rest extends Columns>(
  name: string,
  { key, columns, indexes }: Definition<Key, Rest>,
  running: Running,
): Table<Key, Rest> => ({ name, key, columns, indexes, running })

export const columnNames = (table: Table): readonly string[] => [...Object.keys(table.key), ...Object.keys(table.columns)]

export const columnType = (table: Table, column: string): ColumnType => {
  const type = table.key[column] ?? table.columns[column]
  if (type === undefined) throw new Error(`table ${table.name} has no column ${column}`)
  return type
}

const SQL_TYPES = { text: "text", "text?": "text", int: "bigint", "int?": "bigint", json: "jsonb" } as const

export const sqlType = (type: ColumnType): string => SQL_TYPES[type]

/** Texts sort by their bytes, whatever the database's locale. */
const DECLARATIONS = {
  text: `text collate "C" not null default ''`,
  "text?": `text collate "C"`,
  int: "bigint not null default 0",
  "int?": "bigint",
  json: "jsonb not null default 'null'::jsonb",
} as const

/** Statements that create the table and its indexes in `schema`, if they are not there yet. */
export const createStatements = (table: Table, schema: string): readonly string[] => {
  const names = columnNames(table)
  const columns = names.map((name) => `"${name}" ${DECLARATIONS[columnType(table, name)]}`)
  const key = Object.keys(table.key).map((name) => `"${name}"`)
  const where = `"${schema}"."${table.name}"`
  return [
    `create table if not exists ${where} (${columns.join(", ")}, primary key (${key.join(", ")}))`,
    ...table.indexes.map((index) => {
      const name = `${table.name}_by_${index.columns.join("_")}`
      const condition = index.where === null ? "" : ` where ${index.where}`
      const on = index.columns.map((column) => `"${column}"`).join(", ")
      return `create index if not exists "${name}" on ${where} (${on})${condition}`
    }),
  ]
}
