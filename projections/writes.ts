import type { Columns, ColumnValues, Increments, KeyValues, Table } from "./table-definition.ts"

export type Value = unknown
export type Values = Readonly<Record<string, Value>>

/** What an event does to a read model. The order of writes within and between events is kept. */
export type Write =
  /** Sets the given columns of one row; a row that is not there begins with defaults. */
  | { readonly kind: "put"; readonly table: Table; readonly key: Values; readonly columns: Values }
  /** Increments columns of one row; a row that is not there begins at zero. */
  | { readonly kind: "add"; readonly table: Table; readonly key: Values; readonly columns: Readonly<Record<string, bigint>> }
  /** Removes one row, if it is there. */
  | { readonly kind: "remove"; readonly table: Table; readonly key: Values }
  /** Adds one line behind the last of its group; the table says which column carries the running total. */
  | { readonly kind: "append"; readonly table: Table; readonly key: Values; readonly columns: Values }

export const put = <Key extends Columns, Rest extends Columns>(
  table: Table<Key, Rest>,
  key: KeyValues<Key>,
  columns: ColumnValues<Rest>,
): Write => ({ kind: "put", table, key, columns })

export const add = <Key extends Columns, Rest extends Columns>(
  table: Table<Key, Rest>,
  key: KeyValues<Key>,
  columns: Increments<Rest>,
): Write => ({ kind: "add", table, key, columns: columns as Readonly<Record<string, bigint>> })

export const remove = <Key extends Columns, Rest extends Columns>(table: Table<Key, Rest>, key: KeyValues<Key>): Write => ({
  kind: "remove",
  table,
  key,
})

export const append = <Key extends Columns, Rest extends Columns>(
  table: Table<Key, Rest>,
  key: KeyValues<Key>,
  columns: ColumnValues<Rest>,
): Write => ({ kind: "append", table, key, columns })
