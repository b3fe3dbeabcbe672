/** Text that every store and every language keeps as it is: no NUL, which Postgres cannot hold, and no half of a surrogate pair. */
export const isPlainText = (text: string): boolean => text.isWellFormed() && !text.includes("\u0000")

/** With U+FFFD for what no store keeps. */
export const toPlainText = (text: string): string => text.toWellFormed().replaceAll("\u0000", "\ufffd")

/** Where in a JSON value the first text is that is not plain, names of members included: `["limits", "models", 0]`; null: nowhere. */
export const unplainPath = (value: unknown): readonly (string | number)[] | null => {
  if (typeof value === "string") return isPlainText(value) ? null : []
  if (typeof value !== "object" || value === null) return null
  const members: readonly (readonly [string | number, unknown])[] = Array.isArray(value) ? value.map((item: unknown, index) => [index, item] as const) : Object.entries(value)
  for (const [name, member] of members) {
    if (typeof name === "string" && !isPlainText(name)) return []
    const path = unplainPath(member)
    if (path !== null) return [name, ...path]
  }
  return null
}
