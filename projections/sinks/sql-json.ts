import type { Values } from "../writes.ts"

/** Rows as the JSON text of one statement parameter; 64-bit integers as decimal strings, which Postgres casts exactly. */
export const rowsJson = (rows: readonly Values[]): string => JSON.stringify(rows, bigintText)

const bigintText = (_key: string, value: unknown): unknown => (typeof value === "bigint" ? value.toString() : value)
