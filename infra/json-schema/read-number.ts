import type { Json, Shape } from "./shape.ts"

/** Bounds of a number. `fail` throws. */
export const readNumber = (schema: Readonly<Record<string, Json>>, integer: boolean, fail: (problem: string) => never): Shape => {
  const bound = (keyword: string, step: bigint, round: (value: number) => number): bigint | null => {
    const value = schema[keyword]
    if (value === undefined) return null
    if (typeof value !== "number") return fail(`"${keyword}" must be a number`)
    if (!integer && !Number.isInteger(value)) return fail(`"${keyword}" with a fraction cannot be enforced`)
    if (!integer && step !== 0n) return fail(`"${keyword}" of a "number" cannot be enforced; of an "integer" it can`)
    const whole = round(value)
    return BigInt(whole) + (Number.isInteger(value) ? step : 0n)
  }
  const lowest = most(bound("minimum", 0n, Math.ceil), bound("exclusiveMinimum", 1n, Math.ceil), 1)
  const highest = most(bound("maximum", 0n, Math.floor), bound("exclusiveMaximum", -1n, Math.floor), -1)
  if (lowest !== null && highest !== null && lowest > highest) return fail(`no number lies between its bounds`)
  return { type: "number", integer, minimum: lowest, maximum: highest }
}

/** The stricter of two bounds. */
const most = (one: bigint | null, other: bigint | null, sign: 1 | -1): bigint | null => {
  if (one === null || other === null) return one ?? other
  return (sign === 1 ? one > other : one < other) ? one : other
}
