import type { Fields } from "./fields.ts"
import { type Shape, STRING_FORMATS } from "./shape.ts"
import { fail } from "./unsupported-schema.ts"

/** Repetitions that a grammar still bears: characters of a string with a limit, items of an array with one. */
export const MAX_REPETITIONS = 2_000

/** How long, from and to, by the two keywords. */
export const limits = (schema: Fields, [low, high]: readonly [string, string], at: string) => {
  const limit = (keyword: string): number | null => {
    const value = schema[keyword]
    if (value === undefined) return null
    if (typeof value !== "number" || !Number.isInteger(value) || value < 0) return fail(at, `"${keyword}" must be a whole number`)
    return value > MAX_REPETITIONS ? fail(at, `"${keyword}" is over ${MAX_REPETITIONS}`) : value
  }
  const [minimum, maximum] = [limit(low) ?? 0, limit(high)]
  if (maximum !== null && maximum < minimum) fail(at, `"${high}" is less than "${low}"`)
  return { minimum, maximum }
}

export const readString = (schema: Fields, at: string): Shape => {
  const { minimum, maximum } = limits(schema, ["minLength", "maxLength"], at)
  const { format } = schema
  if (format === undefined) return { type: "string", minimum, maximum }
  const known = STRING_FORMATS.find((one) => one === format)
  if (known === undefined) return fail(at, `"format" other than ${STRING_FORMATS.join(", ")} cannot be enforced`)
  if (minimum > 0 || maximum !== null) return fail(at, `"format" together with a length cannot be enforced`)
  return { type: "format", format: known }
}
