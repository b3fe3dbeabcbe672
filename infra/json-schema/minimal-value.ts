import { MAX_PARTS } from "./schema-budget.ts"
import type { Json, JsonShape, Shape, StringFormat } from "./shape.ts"

const OF_FORMAT: Readonly<Record<StringFormat, string>> = {
  "date-time": "2000-01-01T00:00:00Z",
  date: "2000-01-01",
  time: "00:00:00Z",
  uuid: "00000000-0000-4000-8000-000000000000",
  email: "a@b.co",
  ipv4: "127.0.0.1",
  hostname: "a.co",
  uri: "https://a.co",
}

/** Values within a value; what is deeper would be no small one. */
const MAX_DEPTH = 512
/** A long text weighs as its words. */
const CHARACTERS_OF_PART = 4

/** A small value of that shape, always the same one; undefined when there is none, because every value would contain itself. */
export const minimalValue = ({ root, definitions }: JsonShape, budget = { parts: MAX_PARTS }): Json | undefined => {
  let depth = 0
  const within = new Set<string>()
  const value = (shape: Shape): Json | undefined => {
    budget.parts -= shape.type === "string" ? 1 + Math.floor(shape.minimum / CHARACTERS_OF_PART) : 1
    if (budget.parts < 0 || depth > MAX_DEPTH) return undefined
    depth += 1
    const found = small(shape)
    depth -= 1
    return found
  }
  const small = (shape: Shape): Json | undefined => {
    switch (shape.type) {
      case "any":
        return null
      case "boolean":
        return false
      case "constant":
        return shape.value
      case "string":
        return "x".repeat(shape.minimum)
      case "format":
        return OF_FORMAT[shape.format]
      case "number":
        return Number(shape.minimum ?? (shape.maximum !== null && shape.maximum < 0n ? shape.maximum : 0n))
      case "array":
        return list(Array.from({ length: shape.minimum }, (_, index) => shape.first[index] ?? shape.rest ?? { type: "any" }))
      case "object":
        return object(shape.properties)
      case "either":
        return shape.shapes.map((one) => value(one)).find((one) => one !== undefined)
      case "reference":
        return within.has(shape.to) ? undefined : behind(shape.to)
    }
  }
  const behind = (to: string): Json | undefined => {
    within.add(to)
    const found = value(definitions.get(to) ?? { type: "any" })
    within.delete(to)
    return found
  }
  const list = (shapes: readonly Shape[]): Json | undefined => {
    const items = shapes.map((one) => value(one))
    return items.every((item) => item !== undefined) ? items : undefined
  }
  const object = (properties: Extract<Shape, { type: "object" }>["properties"]): Json | undefined => {
    const required = properties.filter((property) => property.required)
    const values = list(required.map(({ shape }) => shape))
    return Array.isArray(values) ? Object.fromEntries(required.map(({ name }, index) => [name, values[index] ?? null])) : undefined
  }
  return value(root)
}
