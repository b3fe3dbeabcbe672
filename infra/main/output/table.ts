export interface Column<Row> {
  readonly title: string
  readonly value: (row: Row) => string
  readonly align?: "left" | "right"
}

const GAP = "  "

/** Aligned columns, two spaces between, no lines: easy to read, easy to cut. */
export const renderTable = <Row>(columns: readonly Column<Row>[], rows: readonly Row[]): readonly string[] => {
  const cells = rows.map((row) => columns.map((column) => printable(column.value(row))))
  const widths = columns.map((column, index) => Math.max(column.title.length, ...cells.map((line) => line[index]?.length ?? 0)))
  const line = (texts: readonly string[]): string =>
    columns
      .map((column, index) => {
        const [text, width] = [texts[index] ?? "", widths[index] ?? 0]
        return column.align === "right" ? text.padStart(width) : text.padEnd(width)
      })
      .join(GAP)
      .trimEnd()
  return [line(columns.map((column) => column.title)), ...cells.map(line)]
}

/** Names come from outside: a control character must not move the reader's cursor. */
export const printable = (text: string): string => text.replace(/[\u0000-\u001f\u007f-\u009f]/g, "?")
