import type { Values } from "../writes.ts"

/**
 * Rows as the JSON text of one statement parameter; 64-bit integers as decimal strings, which Postgres casts exactly. A NUL or half a
 * surrogate pair, which Postgres cannot hold, becomes U+FFFD: an event with one is on record for ever and must not stop its table.
 */
export const rowsJson = (rows: readonly Values[]): string => {
  const json = JSON.stringify(rows, bigintText)
  return json.includes("\\u") ? json.replaceAll(ESCAPE, (escape) => (UNPLAIN.test(escape) ? "\ufffd" : escape)) : json
}

/** Each escape as a whole, so that `u0000` behind an escaped backslash is none. */
const ESCAPE = /\\(?:u[0-9a-f]{4}|.)/g
const UNPLAIN = /^\\u(?:0000|d[89a-f])/

const bigintText = (_key: string, value: unknown): unknown => (typeof value === "bigint" ? value.toString() : value)
