import { type JsonShape, resolved, type Shape } from "./shape.ts"

const MAX_DEPTH = 256
/** Characters or properties that are looked through for the price of one comparison. */
const CHARACTERS_AT_ONCE = 32

type Definitions = JsonShape["definitions"]

/**
 * True when surely no value fits both: another type, another constant, or objects that differ so in a property that both must have.
 * What contains itself is not told apart by looking ever deeper: when no comparison is left, nothing is sure.
 */
export const disjoint = (one: Shape, other: Shape, definitions: Definitions, budget: { comparisons: number }, depth = 0): boolean => {
  const [a, b] = [resolved(one, definitions), resolved(other, definitions)]
  budget.comparisons -= 1
  if (budget.comparisons < 0 || depth > MAX_DEPTH) return false
  if (a.type === "either") return a.shapes.every((shape) => disjoint(shape, b, definitions, budget, depth + 1))
  if (b.type === "either") return disjoint(b, a, definitions, budget, depth + 1)
  if (a.type === "any" || b.type === "any") return false
  if (a.type === "constant" && b.type === "constant") {
    const value = JSON.stringify(a.value)
    budget.comparisons -= Math.floor(value.length / CHARACTERS_AT_ONCE)
    return value !== JSON.stringify(b.value)
  }
  if (kindOf(a) !== kindOf(b)) return true
  if (a.type !== "object" || b.type !== "object") return false
  return a.properties.some(({ name, shape, required }) => {
    if (!required) return false
    budget.comparisons -= Math.floor(b.properties.length / CHARACTERS_AT_ONCE)
    const same = b.properties.find((property) => property.name === name)
    return same !== undefined && same.required && disjoint(shape, same.shape, definitions, budget, depth + 1)
  })
}

const kindOf = (shape: Shape): string => {
  if (shape.type === "format") return "string"
  if (shape.type !== "constant") return shape.type
  if (shape.value === null) return "null"
  return Array.isArray(shape.value) ? "array" : typeof shape.value
}
