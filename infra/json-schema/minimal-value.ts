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

/** Parts of a value; what has more would not fit into any context. */
const MAX_PARTS = 100_000

/** A small value of that shape, always the same one; undefined when there is none, because every value would contain itself. */
export const minimalValue = ({ root, definitions }: JsonShape): Json | undefined => {
  let parts = 0
  const value = (shape: Shape, within: readonly string[]): Json | undefined => {
    parts += 1
    if (parts > MAX_PARTS) return undefined
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
        return list(Array.from({ length: shape.minimum }, (_, index) => shape.first[index] ?? shape.rest ?? { type: "any" }), within)
      case "object":
        return object(shape.properties, within)
      case "either":
        return shape.shapes.map((one) => value(one, within)).find((one) => one !== undefined)
      case "reference":
        return within.includes(shape.to) ? undefined : value(definitions.get(shape.to) ?? { type: "any" }, [...within, shape.to])
    }
  }
  const list = (shapes: readonly Shape[], within: readonly string[]): Json | undefined => {
    const items = shapes.map((one) => value(one, within))
    return items.every((item) => item !== undefined) ? items : undefined
  }
  const object = (properties: Extract<Shape, { type: "object" }>["properties"], within: readonly string[]): Json | undefined => {
    const required = properties.filter((property) => property.required)
    const values = list(required.map(({ shape }) => shape), within)
    return Array.isArray(values) ? Object.fromEntries(required.map(({ name }, index) => [name, values[index] ?? null])) : undefined
  }
  return value(root, [])
}
