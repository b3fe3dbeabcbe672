import { type JsonShape, resolved, type Shape } from "./shape.ts"

/** What contains itself is not told apart by looking ever deeper. */
const MAX_STEPS = 1_000

type Definitions = JsonShape["definitions"]

/** True when surely no value fits both: another type, another constant, or objects that differ so in a property that both must have. */
export const disjoint = (one: Shape, other: Shape, definitions: Definitions, budget = { steps: MAX_STEPS }): boolean => {
  const [a, b] = [resolved(one, definitions), resolved(other, definitions)]
  budget.steps -= 1
  if (budget.steps < 0) return false
  if (a.type === "either") return a.shapes.every((shape) => disjoint(shape, b, definitions, budget))
  if (b.type === "either") return disjoint(b, a, definitions, budget)
  if (a.type === "any" || b.type === "any") return false
  if (a.type === "constant" && b.type === "constant") return JSON.stringify(a.value) !== JSON.stringify(b.value)
  if (kindOf(a) !== kindOf(b)) return true
  if (a.type !== "object" || b.type !== "object") return false
  return a.properties.some(({ name, shape, required }) => {
    const same = b.properties.find((property) => property.name === name)
    return required && same !== undefined && same.required && disjoint(shape, same.shape, definitions, budget)
  })
}

const kindOf = (shape: Shape): string => {
  if (shape.type === "format") return "string"
  if (shape.type !== "constant") return shape.type
  if (shape.value === null) return "null"
  return Array.isArray(shape.value) ? "array" : typeof shape.value
}
