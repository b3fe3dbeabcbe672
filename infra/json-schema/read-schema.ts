import { disjoint } from "./disjoint.ts"
import { type Fields, isFields, isOfType } from "./fields.ts"
import { integerRange } from "./integer-range.ts"
import { minimalValue } from "./minimal-value.ts"
import { readNumber } from "./read-number.ts"
import { definitionOf, unescaped } from "./read-pointer.ts"
import { limits, readString } from "./read-string.ts"
import { SchemaBudget } from "./schema-budget.ts"
import { ANY_OBJECT, type Json, type JsonShape, NO_PROPERTIES, type Property, resolved, type Shape } from "./shape.ts"
import { fail } from "./unsupported-schema.ts"

const MAX_DEPTH = 64
/** Each is one level of the grammar. */
const MAX_PREFIX_ITEMS = 256
/** Of a property beside which others are allowed: each character is one level of the grammar. */
const MAX_NAME_LENGTH = 128
/** What the grammar has to say of every constant and name beside its text, in characters. */
const CHARACTERS_AROUND = 16
/** To say that a name is none of these takes as many characters for each of theirs. */
const CHARACTERS_TO_DIFFER = 16
/** Say something about a value to people, and nothing to a generator. */
const ANNOTATIONS = new Set([
  "title", "description", "default", "examples", "example", "deprecated", "readOnly", "writeOnly",
  "$schema", "$id", "$comment", "$defs", "definitions", "contentMediaType", "contentEncoding",
])
const KEYWORDS: Readonly<Record<string, readonly string[]>> = {
  string: ["minLength", "maxLength", "format"],
  number: ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"],
  integer: ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"],
  boolean: [],
  null: [],
  array: ["items", "prefixItems", "minItems", "maxItems"],
  object: ["properties", "required", "additionalProperties"],
}
const TYPES = Object.keys(KEYWORDS)
const COMBINERS = ["$ref", "anyOf", "oneOf", "allOf", "const", "enum"]

/** Throws `UnsupportedSchema` for what could not be enforced, or not in time. `at` names the schema in messages; the schemas of one request share a budget. */
export const readSchema = (schema: Json, at: string, budget = new SchemaBudget()): JsonShape => new SchemaReader(schema, at, budget).read()

/** The arguments of a function: an object in any case. */
export const readParameters = (schema: Json | undefined, at: string, budget = new SchemaBudget()): JsonShape => {
  if (schema === undefined) return NO_PROPERTIES
  if (isFields(schema) && Object.keys(schema).length === 0) return ANY_OBJECT
  const shape = readSchema(schema, at, budget)
  return resolved(shape.root, shape.definitions).type === "object" ? shape : fail(at, "must describe an object")
}

class SchemaReader {
  readonly #schema: Json
  readonly #at: string
  readonly #definitions = new Map<string, Shape>()
  readonly #reading = new Set<string>()
  readonly #budget: SchemaBudget
  /** Limits that are written already: the same ones are one rule. */
  readonly #limited = new Set<string>()

  constructor(schema: Json, at: string, budget: SchemaBudget) {
    this.#schema = schema
    this.#at = at
    this.#budget = budget
  }

  read(): JsonShape {
    const root = this.#shape(this.#schema, this.#at, 0)
    const shape: JsonShape = { root, definitions: this.#definitions }
    const done = new Set<string>()
    for (const pointer of this.#definitions.keys()) this.#leadsOn({ type: "reference", to: pointer }, new Set(), done)
    if (minimalValue(shape, this.#budget) === undefined) fail(this.#at, "no value fits that is small enough to be said")
    return shape
  }

  #shape(schema: Json, at: string, depth: number): Shape {
    this.#budget.schema(this.#at)
    if (depth > MAX_DEPTH) fail(at, `is nested deeper than ${MAX_DEPTH}`)
    if (schema === true) return { type: "any" }
    if (!isFields(schema)) return fail(at, "must be an object")
    const combiners = COMBINERS.filter((keyword) => keyword in schema)
    const [combiner, another] = combiners
    if (another !== undefined && combiners.join() !== "const,enum") return fail(at, `"${combiner}" together with "${another}" cannot be enforced`)
    if (combiner === undefined) return this.#typed(schema, at, depth)
    if (combiner === "const" || combiner === "enum") return this.#constants(schema, at)
    this.#only(schema, [combiner], at)
    const content = schema[combiner]
    if (combiner === "$ref") return this.#reference(content, at, depth)
    if (!Array.isArray(content) || content.length === 0) return fail(at, `"${combiner}" must be a list of schemas`)
    if (combiner === "allOf" && content.length > 1) return fail(at, `"allOf" of more than one schema cannot be enforced`)
    const shapes = content.map((one: Json, index) => this.#shape(one, `${at}.${combiner}[${index}]`, depth + 1))
    if (combiner === "oneOf") this.#exclusive(shapes, at)
    return { type: "either", shapes }
  }

  /** Keywords that are not known to be enforced must not be there: what is ignored would be a promise that nobody keeps. */
  #only(schema: Fields, allowed: readonly string[], at: string): void {
    for (const keyword of Object.keys(schema)) {
      if (!ANNOTATIONS.has(keyword) && !allowed.includes(keyword)) fail(at, `"${keyword.slice(0, 64)}" cannot be enforced here`)
    }
  }

  #typed(schema: Fields, at: string, depth: number): Shape {
    const { type } = schema
    const types = typeof type === "string" ? [type] : Array.isArray(type) ? type : typesOfKeywords(schema)
    if (types.length === 0) {
      this.#only(schema, ["type"], at)
      return Array.isArray(type) ? fail(at, `"type" must name a type`) : { type: "any" }
    }
    const known = types.map((one) => (typeof one === "string" && TYPES.includes(one) ? one : fail(at, `"type" must be one of ${TYPES.join(", ")}`)))
    this.#only(schema, ["type", ...known.flatMap((one) => KEYWORDS[one] ?? [])], at)
    const shapes = known.map((one) => this.#ofType(one, schema, at, depth))
    const [only] = shapes
    return only !== undefined && shapes.length === 1 ? only : { type: "either", shapes }
  }

  #ofType(type: string, schema: Fields, at: string, depth: number): Shape {
    switch (type) {
      case "string":
        return this.#string(schema, at)
      case "boolean":
        return { type: "boolean" }
      case "null":
        return { type: "constant", value: null }
      case "array":
        return this.#array(schema, at, depth)
      case "object":
        return this.#object(schema, at, depth)
      default:
        return this.#number(schema, type === "integer", at)
    }
  }

  #string(schema: Fields, at: string): Shape {
    const shape = readString(schema, at)
    if (shape.type === "string") this.#limits(`characters ${shape.minimum} ${shape.maximum}`, shape.maximum ?? shape.minimum, "maxLength", at)
    return shape
  }

  #number(schema: Fields, integer: boolean, at: string): Shape {
    const shape = readNumber(schema, integer, (problem) => fail(at, problem))
    if (shape.type !== "number" || (shape.minimum === null && shape.maximum === null)) return shape
    const { minimum, maximum } = shape
    this.#limits(`${integer} ${minimum} ${maximum}`, repetitions(integerRange(minimum, maximum)), maximum === null ? "minimum" : "maximum", at)
    return shape
  }

  #limits(which: string, times: number, keyword: string, at: string): void {
    if (this.#limited.has(which)) return
    this.#limited.add(which)
    this.#budget.repeat(times, keyword, at)
  }

  #array(schema: Fields, at: string, depth: number): Shape {
    const { items, prefixItems } = schema
    if (prefixItems !== undefined && !Array.isArray(prefixItems)) return fail(at, `"prefixItems" must be a list of schemas`)
    if ((prefixItems ?? []).length > MAX_PREFIX_ITEMS) return fail(at, `"prefixItems" are more than ${MAX_PREFIX_ITEMS}`)
    const first = (prefixItems ?? []).map((one: Json, index: number) => this.#shape(one, `${at}.prefixItems[${index}]`, depth + 1))
    const rest: Shape | null = items === false ? null : items === undefined ? { type: "any" } : this.#shape(items, `${at}.items`, depth + 1)
    const { minimum, maximum } = limits(schema, ["minItems", "maxItems"], at)
    this.#budget.repeat(maximum ?? minimum, "maxItems", at)
    if (rest === null && minimum > first.length) return fail(at, `"minItems" is more than "prefixItems" has`)
    return { type: "array", first, rest, minimum, maximum: rest === null ? Math.min(first.length, maximum ?? first.length) : maximum }
  }

  #object(schema: Fields, at: string, depth: number): Shape {
    const { properties = {}, required = [], additionalProperties: others } = schema
    if (!isFields(properties)) return fail(at, `"properties" must be an object`)
    if (!Array.isArray(required) || !required.every((name) => typeof name === "string")) return fail(at, `"required" must be a list of names`)
    const names = new Set<string>(required)
    const listed = Object.entries(properties).map(([name, value]): Property => {
      return { name, shape: this.#shape(value, `${at}.properties.${name.slice(0, 64)}`, depth + 1), required: names.has(name) }
    })
    // Not what every object inherits: "toString" is a name like any other.
    const unlisted = [...names].filter((name) => !Object.hasOwn(properties, name))
    if (unlisted.length > 0 && others === false) return fail(at, `"required" names a property that "properties" does not have`)
    // Whoever lists properties and says nothing of others expects none, and none is always right.
    const closed = others === false || (others === undefined && "properties" in schema)
    const other: Shape | null = closed ? null : this.#shape(others ?? true, `${at}.additionalProperties`, depth + 1)
    const unnamed = unlisted.map((name): Property => ({ name, shape: other ?? { type: "any" }, required: true }))
    const all = [...listed, ...unnamed]
    for (const { name } of all) this.#name(name, other !== null, at)
    return { type: "object", properties: all, others: other }
  }

  #name(name: string, mustDiffer: boolean, at: string): void {
    if (mustDiffer && name.length > MAX_NAME_LENGTH) fail(at, `"additionalProperties" beside a name of more than ${MAX_NAME_LENGTH} characters cannot be enforced`)
    this.#budget.write(name.length * (mustDiffer ? CHARACTERS_TO_DIFFER : 1) + CHARACTERS_AROUND, "properties", at)
  }

  #constants(schema: Fields, at: string): Shape {
    this.#only(schema, ["const", "enum", "type"], at)
    const { enum: listed, type } = schema
    if (listed !== undefined && (!Array.isArray(listed) || listed.length === 0)) return fail(at, `"enum" must be a list of values`)
    const values: readonly Json[] = schema["const"] === undefined ? (listed ?? []) : [schema["const"]]
    const types = type === undefined ? null : Array.isArray(type) ? type : [type]
    const fitting = types === null ? values : values.filter((value) => types.some((one) => isOfType(value, one)))
    if (fitting.length === 0) return fail(at, `no value of "${listed === undefined ? "const" : "enum"}" is of its "type"`)
    for (const value of fitting) this.#budget.write(JSON.stringify(value).length + CHARACTERS_AROUND, listed === undefined ? "const" : "enum", at)
    return { type: "either", shapes: fitting.map((value) => ({ type: "constant", value })) }
  }

  #reference(pointer: Json | undefined, at: string, depth: number): Shape {
    if (typeof pointer !== "string") return fail(at, `"$ref" must be text`)
    if (this.#definitions.has(pointer)) return { type: "reference", to: pointer }
    const [, container, key, ...beyond] = pointer.split("/")
    if (pointer !== "#" && (!/^#\/(\$defs|definitions)\/[^/]+$/.test(pointer) || container === undefined || key === undefined || beyond.length > 0)) {
      return fail(at, `"$ref" leads elsewhere than "#" or "#/$defs/…"`)
    }
    const target = pointer === "#" ? this.#schema : definitionOf(this.#schema, container ?? "", unescaped(key ?? "", at))
    if (target === undefined) return fail(at, `"$ref" leads to nothing`)
    // Known before it is read: it may refer to itself.
    this.#definitions.set(pointer, { type: "any" })
    this.#reading.add(pointer)
    const shape = this.#shape(target, pointer === "#" ? this.#at : `${this.#at}.${container}.${key?.slice(0, 64)}`, depth + 1)
    this.#reading.delete(pointer)
    // A reference to a reference leads to its end at once, so that none leads on for long.
    const known = shape.type === "reference" && !this.#reading.has(shape.to) ? this.#definitions.get(shape.to) : undefined
    this.#definitions.set(pointer, known ?? shape)
    return { type: "reference", to: pointer }
  }

  /** A definition that is nothing but itself, whatever way round, would be read for ever. */
  #leadsOn(shape: Shape, open: Set<string>, done: Set<string>): void {
    if (shape.type === "either") for (const one of shape.shapes) this.#leadsOn(one, open, done)
    if (shape.type !== "reference" || done.has(shape.to)) return
    if (open.has(shape.to)) fail(this.#at, `"$ref" leads back to itself`)
    open.add(shape.to)
    this.#leadsOn(this.#definitions.get(shape.to) ?? { type: "any" }, open, done)
    done.add(shape.to)
  }

  #exclusive(shapes: readonly Shape[], at: string): void {
    const overlapping = shapes.some((one, index) => shapes.slice(index + 1).some((other) => !disjoint(one, other, this.#definitions, this.#budget)))
    if (this.#budget.comparisons < 0) fail(at, `"oneOf" of so many or such large schemas cannot be told apart in time; "anyOf" needs not`)
    if (overlapping) fail(at, `"oneOf" of schemas that may fit at once cannot be enforced; "anyOf" can`)
  }
}

const typesOfKeywords = (schema: Fields): readonly string[] => {
  const one = (["object", "array", "string"] as const).find((type) => (KEYWORDS[type] ?? []).some((keyword) => keyword in schema))
  return one === undefined ? [] : [one]
}

/** Of a rule: the engine writes each out. */
const repetitions = (rule: string): number => [...rule.matchAll(/\{(\d+)\}/g)].reduce((sum, [, times]) => sum + Number(times), 0)
