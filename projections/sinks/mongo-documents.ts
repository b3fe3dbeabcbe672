import type { AnyBulkWriteOperation, Document, IndexDescription } from "mongodb"
import type { RowChange, TableChange } from "./fold-writes.ts"
import { keyText } from "./fold-writes.ts"
import { columnNames, columnType, type ColumnType, type Table } from "../table-definition.ts"
import type { Projection } from "../projection.ts"

export interface ReadDocument extends Document {
  /** The table's key as one text. */
  readonly _id: string
  /** Of the last event that this document has taken in. */
  readonly position: bigint
}

export interface CollectionDefinition {
  readonly name: string
  readonly schema: Document
  readonly indexes: readonly IndexDescription[]
}

/** The documents cannot take these writes, whoever tries. */
export class NotAbsolute extends Error {}

/** Each version has its documents, and so has each rebuild: none ever writes into those of another. */
export const collectionName = (table: Table, { version }: Pick<Projection, "version">, generation: number): string =>
  `${table.name}_v${version}_${generation}`

const BSON_TYPES = { text: ["string"], "text?": ["string", "null"], int: ["long"], "int?": ["long", "null"], json: [] } as const
const DEFAULTS: Readonly<Record<ColumnType, unknown>> = { text: "", "text?": null, int: 0n, "int?": null, json: null }

export const definitionOf = (table: Table, name: string): CollectionDefinition => {
  const columns = columnNames(table)
  const properties = columns.map((column): readonly [string, Document] => {
    const types = BSON_TYPES[columnType(table, column)]
    return [column, types.length === 0 ? {} : { bsonType: [...types] }]
  })
  return {
    name,
    schema: {
      bsonType: "object",
      required: ["_id", ...columns],
      additionalProperties: false,
      properties: { _id: { bsonType: "string" }, ...Object.fromEntries(properties) },
    },
    indexes: table.indexes.map((index) => ({
      name: `by_${index.columns.join("_")}`,
      key: Object.fromEntries(index.columns.map((column) => [column, 1])),
    })),
  }
}

interface GuardedWrite {
  readonly id: string
  readonly position: bigint
  readonly set: Document
  readonly onInsert: Document
}

/** Absolute values, each with the position that guards it. */
export const guardedWrites = ({ table, rows, lines }: TableChange): readonly GuardedWrite[] => {
  if (lines.length > 0) throw new NotAbsolute(`${table.name}: a running total is no absolute value`)
  return [...rows].map((row) => guardedWrite(table, row))
}

const guardedWrite = (table: Table, { key, removed, set, add }: RowChange): GuardedWrite => {
  if (Object.keys(add).length > 0) throw new NotAbsolute(`${table.name}: an increment would count twice when it is repeated`)
  if (removed) throw new NotAbsolute(`${table.name}: a removed document would come back when an older write is repeated`)
  const position = set["position"]
  if (typeof position !== "bigint") throw new NotAbsolute(`${table.name}: a write without its event's position`)
  const values = Object.entries({ ...key, ...set }).map(([column, value]) => [column, stored(columnType(table, column), value)])
  const rest = Object.keys(table.columns).filter((column) => !(column in set))
  const defaults = rest.map((column) => [column, DEFAULTS[columnType(table, column)]])
  return { id: keyText(table, key), position, set: Object.fromEntries(values), onInsert: Object.fromEntries(defaults) }
}

/** Integers are 64 bits wide in every document, so that they sort and compare as one type. */
const stored = (type: ColumnType, value: unknown): unknown => ((type === "int" || type === "int?") && typeof value === "number" ? BigInt(value) : value)

/** `insert`: also makes a document that is not there yet. A newer document is left as it is. */
export const operation = ({ id, position, set, onInsert }: GuardedWrite, mode: "insert" | "update"): AnyBulkWriteOperation<ReadDocument> => ({
  updateOne: {
    filter: { _id: id, position: { $lt: position } },
    update: { $set: set, ...(mode === "insert" ? { $setOnInsert: onInsert } : {}) },
    upsert: mode === "insert",
  },
})
