import type { Difference } from "#projections/audit/compare-tables.ts"
import { printable } from "./table.ts"

/** The first row that is not what the log says: which one, and what differs. */
export const differenceLines = (projection: string, { table, key, live, rebuilt, columns }: Difference): readonly string[] => {
  const row = Object.entries(key).map(([name, value]) => `${name}=${show(value)}`).join(" ")
  const heading = `Different: ${projection}, table ${table}, row ${row}`
  if (live === null) return [heading, "  the live table does not have it, the log says it should"]
  if (rebuilt === null) return [heading, "  only the live table has it, the log knows nothing of it"]
  return [heading, ...columns.map((name) => `  ${name}: live ${show(live[name])}, by the log ${show(rebuilt[name])}`)]
}

const show = (value: string | null | undefined): string => (value === null || value === undefined ? "null" : printable(value))
