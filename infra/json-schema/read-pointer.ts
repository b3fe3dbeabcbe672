import { isFields } from "./fields.ts"
import type { Json } from "./shape.ts"
import { fail } from "./unsupported-schema.ts"

export const definitionOf = (schema: Json, container: string, key: string): Json | undefined => {
  const definitions = isFields(schema) ? schema[container] : undefined
  return isFields(definitions) && Object.hasOwn(definitions, key) ? definitions[key] : undefined
}

/** RFC 6901. */
export const unescaped = (key: string, at: string): string => {
  try {
    return decodeURIComponent(key).replaceAll("~1", "/").replaceAll("~0", "~")
  } catch {
    return fail(at, `"$ref" is no pointer: a "%" in it escapes nothing`)
  }
}
