/** One JSON line. Amounts are bigint inside and decimal strings here; times stay milliseconds. */
export const toJsonLine = (value: unknown): string =>
  JSON.stringify(value, (_key, inner: unknown) => (typeof inner === "bigint" ? inner.toString() : inner))
