/** Grammar of the whole numbers from `minimum` to `maximum` in decimal, without leading zeros; null: unbounded on that side. */
export const integerRange = (minimum: bigint | null, maximum: bigint | null): string => {
  const parts: string[] = []
  const negativeFrom = minimum === null ? null : -minimum
  if (minimum === null || minimum < 0n) {
    const smallest = maximum !== null && maximum < 0n ? -maximum : 1n
    parts.push(`"-" (${natural(smallest, negativeFrom)})`)
  }
  if (maximum === null || maximum >= 0n) parts.push(natural(minimum !== null && minimum > 0n ? minimum : 0n, maximum))
  return `(${parts.join(" | ")})`
}

/** Digits beyond these are no number of JSON's any more, whatever the schema says. */
const MAX_DIGITS = 16

/** 0 ≤ low ≤ high. */
const natural = (low: bigint, high: bigint | null): string => {
  const top = high ?? 10n ** BigInt(MAX_DIGITS) - 1n
  const parts: string[] = []
  for (let digits = String(low).length; digits <= String(top).length; digits += 1) {
    const first = digits === 1 ? 0n : 10n ** BigInt(digits - 1)
    const last = 10n ** BigInt(digits) - 1n
    parts.push(sameLength(String(low > first ? low : first), String(top < last ? top : last)))
  }
  return parts.join(" | ")
}

/** Numbers between two of the same length, digit by digit. */
const sameLength = (low: string, high: string): string => {
  const rest = low.length - 1
  const [from, to] = [low.charAt(0), high.charAt(0)]
  if (rest === 0) return digit(from, to)
  if (from === to) return `"${from}" (${sameLength(low.slice(1), high.slice(1))})`
  const [free, full] = [low.slice(1) === "0".repeat(rest), high.slice(1) === "9".repeat(rest)]
  const [begin, end] = [free ? Number(from) : Number(from) + 1, full ? Number(to) : Number(to) - 1]
  return [
    ...(free ? [] : [`"${from}" (${sameLength(low.slice(1), "9".repeat(rest))})`]),
    ...(begin <= end ? [`${digit(String(begin), String(end))} [0-9]{${rest}}`] : []),
    ...(full ? [] : [`"${to}" (${sameLength("0".repeat(rest), high.slice(1))})`]),
  ].join(" | ")
}

const digit = (from: string, to: string): string => (from === to ? `"${from}"` : `[${from}-${to}]`)
