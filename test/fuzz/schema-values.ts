import fc from "fast-check"
import { type ApiDocument, type JsonSchema, resolved } from "./document.ts"

/** Beyond this a value of a recursive schema takes the shortest way. */
const MAX_DEPTH = 5
const MAX_ITEMS = 4
const MAX_CHARACTERS = 40

/** Values for members of these names that get further than others would. */
export type Dictionary = Readonly<Record<string, readonly unknown[]>>

/** Values that fit a schema. */
export const valuesOf = (document: ApiDocument, dictionary: Dictionary) => {
  const of = (given: JsonSchema, depth: number): fc.Arbitrary<unknown> => {
    const schema = resolved(document, given)
    if ("const" in schema) return fc.constant(schema.const)
    if (schema.enum !== undefined) return fc.constantFrom(...schema.enum)
    const choices = schema.anyOf ?? schema.oneOf
    if (choices !== undefined) return choiceOf(choices, depth)
    if (schema.allOf !== undefined) return of(merged(document, schema), depth)
    const type = schema.type ?? (schema.properties === undefined ? "any" : "object")
    if (typeof type !== "string") return fc.oneof(...type.map((one) => of({ ...schema, type: one }, depth)))
    return ofType(type, schema, depth)
  }
  const choiceOf = (choices: readonly JsonSchema[], depth: number): fc.Arbitrary<unknown> => {
    const [first] = choices
    if (depth > MAX_DEPTH && first !== undefined) return of(choices.find((one) => one.type === "null") ?? first, depth + 1)
    return fc.oneof(...choices.map((choice) => of(choice, depth + 1)))
  }
  const ofType = (type: string, schema: JsonSchema, depth: number): fc.Arbitrary<unknown> => {
    switch (type) {
      case "null":
        return fc.constant(null)
      case "boolean":
        return fc.boolean()
      case "integer":
        return fc.oneof(fc.integer(bounds(schema, { low: 1, high: 64 })), fc.maxSafeInteger().map((n) => clamp(schema, n)))
      case "number":
        return fc.double({ min: schema.minimum ?? -1e6, max: schema.maximum ?? 1e6, noNaN: true })
      case "string":
        return stringOf(schema)
      case "array":
        return fc.array(of(schema.items ?? {}, depth + 1), {
          minLength: schema.minItems ?? 0, maxLength: depth > MAX_DEPTH ? (schema.minItems ?? 0) : Math.max(schema.minItems ?? 0, Math.min(schema.maxItems ?? MAX_ITEMS, MAX_ITEMS)),
        })
      case "object":
        return objectOf(schema, depth)
      default:
        return fc.jsonValue({ maxDepth: 2 })
    }
  }
  const objectOf = ({ properties = {}, required = [] }: JsonSchema, depth: number): fc.Arbitrary<unknown> => {
    const members = Object.entries(properties).filter(([name]) => depth <= MAX_DEPTH || required.includes(name))
    const values = members.map(([name, schema]) => [name, memberOf(name, schema, depth)] as const)
    return fc.record(Object.fromEntries(values), { requiredKeys: required.filter((name) => Object.hasOwn(properties, name)) })
  }
  const memberOf = (name: string, schema: JsonSchema, depth: number): fc.Arbitrary<unknown> => {
    const known = Object.hasOwn(dictionary, name) ? dictionary[name] : undefined
    const any = of(schema, depth + 1)
    return known === undefined ? any : fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...known) }, { weight: 1, arbitrary: any })
  }
  return { ofSchema: (schema: JsonSchema) => of(schema, 0), ofMember: (name: string, schema: JsonSchema) => memberOf(name, schema, 0) }
}

const bounds = ({ minimum, maximum }: JsonSchema, { low, high }: { readonly low: number; readonly high: number }) => {
  const min = Math.ceil(Math.max(minimum ?? low, Math.min(low, maximum ?? low)))
  return { min, max: Math.max(min, Math.floor(Math.min(maximum ?? high, Math.max(high, min)))) }
}

const clamp = ({ minimum, maximum }: JsonSchema, n: number): number =>
  Math.max(minimum ?? Number.MIN_SAFE_INTEGER, Math.min(maximum ?? Number.MAX_SAFE_INTEGER, n))

const stringOf = ({ pattern, minLength = 0, maxLength = MAX_CHARACTERS }: JsonSchema): fc.Arbitrary<string> => {
  if (pattern !== undefined) return fc.stringMatching(new RegExp(pattern, "u"))
  return fc.string({ unit: "grapheme", minLength, maxLength: Math.max(minLength, Math.min(maxLength, MAX_CHARACTERS)) })
}

const merged = (document: ApiDocument, { allOf = [], ...rest }: JsonSchema): JsonSchema =>
  allOf.map((one) => resolved(document, one)).reduce<JsonSchema>(
    (all, one) => ({
      ...all, ...one, properties: { ...all.properties, ...one.properties }, required: [...(all.required ?? []), ...(one.required ?? [])],
    }),
    rest,
  )
