/** Spreadsheets run a cell that begins so; an apostrophe in front makes it text. */
const FORMULA = /^[=+\-@\t\r]/
const NEEDS_QUOTES = /[",\r\n]/

/** RFC 4180, with a header line; texts that a spreadsheet would take for a formula are made harmless. */
export const toCsv = (columns: readonly string[], rows: readonly (readonly (string | number | bigint | null)[])[]): string =>
  [columns, ...rows].map((row) => row.map(cell).join(",")).join("\r\n") + "\r\n"

const cell = (value: string | number | bigint | null): string => {
  if (value === null) return ""
  if (typeof value !== "string") return String(value)
  const text = FORMULA.test(value) ? `'${value}` : value
  return NEEDS_QUOTES.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
