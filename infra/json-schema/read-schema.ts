import { disjoint } from "./disjoint.ts"
import { minimalValue } from "./minimal-value.ts"
import { readNumber } from "./read-number.ts"
import { ANY_OBJECT, type Json, type JsonShape, NO_PROPERTIES, type Property, resolved, type Shape, STRING_FORMATS } from "./shape.ts"
import { UnsupportedSchema } from "./unsupported-schema.ts"

/** Schemas within a schema: what is beyond would be slow to enforce. OpenAI takes 5 000 properties. */
const MAX_SCHEMAS = 5_000
const MAX_DEPTH = 64
/** Repetitions that a grammar still bears: characters of a string with a limit, items of an array with one. */
export const MAX_REPETITIONS = 2_000

type Fields = Readonly<Record<string, Json>>

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

/** Throws `UnsupportedSchema` for what could not be enforced. `at` names the schema in messages. */
export const readSchema = (schema: Json, at: string): JsonShape => new SchemaReader(schema, at).read()

/** The arguments of a function: an object in any case. */
export const readParameters = (schema: Json | undefined, at: string): JsonShape => {
  if (schema === undefined) return NO_PROPERTIES
  if (isFields(schema) && Object.keys(schema).length === 0) return ANY_OBJECT
  const shape = readSchema(schema, at)
  return resolved(shape.root, shape.definitions).type === "object" ? shape : fail(at, "must describe an object")
}

class SchemaReader {
  readonly #schema: Json
  readonly #at: string
  readonly #definitions = new Map<string, Shape>()
  #count = 0

  constructor(schema: Json, at: string) {
    this.#schema = schema
    this.#at = at
  }

  read(): JsonShape {
    const root = this.#shape(this.#schema, this.#at, 0)
    const shape: JsonShape = { root, definitions: this.#definitions }
    for (const pointer of this.#definitions.keys()) this.#leadsOn({ type: "reference", to: pointer }, new Set(), new Set())
    if (minimalValue(shape) === undefined) fail(this.#at, "no value fits that is small enough to be said")
    return shape
  }

  #shape(schema: Json, at: string, depth: number): Shape {
    this.#count += 1
    if (this.#count > MAX_SCHEMAS) fail(this.#at, `has more than ${MAX_SCHEMAS} schemas in it`)
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
        return string(schema, at)
      case "boolean":
        return { type: "boolean" }
      case "null":
        return { type: "constant", value: null }
      case "array":
        return this.#array(schema, at, depth)
      case "object":
        return this.#object(schema, at, depth)
      default:
        return readNumber(schema, type === "integer", (problem) => fail(at, problem))
    }
  }

  #array(schema: Fields, at: string, depth: number): Shape {
    const { items, prefixItems } = schema
    if (prefixItems !== undefined && !Array.isArray(prefixItems)) return fail(at, `"prefixItems" must be a list of schemas`)
    const first = (prefixItems ?? []).map((one: Json, index: number) => this.#shape(one, `${at}.prefixItems[${index}]`, depth + 1))
    const rest: Shape | null = items === false ? null : items === undefined ? { type: "any" } : this.#shape(items, `${at}.items`, depth + 1)
    const { minimum, maximum } = limits(schema, ["minItems", "maxItems"], at)
    if (rest === null && minimum > first.length) return fail(at, `"minItems" is more than "prefixItems" has`)
    return { type: "array", first, rest, minimum, maximum: rest === null ? Math.min(first.length, maximum ?? first.length) : maximum }
  }

  #object(schema: Fields, at: string, depth: number): Shape {
    const { properties = {}, required = [], additionalProperties: others } = schema
    if (!isFields(properties)) return fail(at, `"properties" must be an object`)
    if (!Array.isArray(required)) return fail(at, `"required" must be a list of names`)
    const listed = Object.entries(properties).map(([name, value]): Property => {
      return { name, shape: this.#shape(value, `${at}.properties.${name.slice(0, 64)}`, depth + 1), required: required.includes(name) }
    })
    const unlisted = required.filter((name) => typeof name !== "string" || !(name in properties))
    if (unlisted.length > 0 && others === false) return fail(at, `"required" names a property that "properties" does not have`)
    // Whoever lists properties and says nothing of others expects none, and none is always right.
    const closed = others === false || (others === undefined && "properties" in schema)
    const other: Shape | null = closed ? null : this.#shape(others ?? true, `${at}.additionalProperties`, depth + 1)
    const unnamed = unlisted.map((name): Property => ({ name: String(name), shape: other ?? { type: "any" }, required: true }))
    return { type: "object", properties: [...listed, ...unnamed], others: other }
  }

  #constants(schema: Fields, at: string): Shape {
    this.#only(schema, ["const", "enum", "type"], at)
    const { enum: listed, type } = schema
    if (listed !== undefined && (!Array.isArray(listed) || listed.length === 0)) return fail(at, `"enum" must be a list of values`)
    const values: readonly Json[] = schema["const"] === undefined ? (listed ?? []) : [schema["const"]]
    const types = type === undefined ? null : Array.isArray(type) ? type : [type]
    const fitting = types === null ? values : values.filter((value) => types.some((one) => isOfType(value, one)))
    if (fitting.length === 0) return fail(at, `no value of "${listed === undefined ? "const" : "enum"}" is of its "type"`)
    return { type: "either", shapes: fitting.map((value) => ({ type: "constant", value })) }
  }

  #reference(pointer: Json | undefined, at: string, depth: number): Shape {
    if (typeof pointer !== "string") return fail(at, `"$ref" must be text`)
    if (this.#definitions.has(pointer)) return { type: "reference", to: pointer }
    const [, container, key, ...beyond] = pointer.split("/")
    if (pointer !== "#" && (!/^#\/(\$defs|definitions)\/[^/]+$/.test(pointer) || container === undefined || key === undefined || beyond.length > 0)) {
      return fail(at, `"$ref" leads elsewhere than "#" or "#/$defs/…"`)
    }
    const target = pointer === "#" ? this.#schema : definitionOf(this.#schema, container ?? "", unescaped(key ?? ""))
    if (target === undefined) return fail(at, `"$ref" leads to nothing`)
    // Known before it is read: it may refer to itself.
    this.#definitions.set(pointer, { type: "any" })
    this.#definitions.set(pointer, this.#shape(target, pointer === "#" ? this.#at : `${this.#at}.${container}.${key?.slice(0, 64)}`, depth + 1))
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
    const overlapping = shapes.some((one, index) => shapes.slice(index + 1).some((other) => !disjoint(one, other, this.#definitions)))
    if (overlapping) fail(at, `"oneOf" of schemas that may fit at once cannot be enforced; "anyOf" can`)
  }
}

const fail = (at: string, problem: string): never => {
  throw new UnsupportedSchema(`${at}: ${problem}`)
}

const isFields = (value: Json | undefined): value is Fields => typeof value === "object" && value !== null && !Array.isArray(value)

const typesOfKeywords = (schema: Fields): readonly string[] => {
  const one = (["object", "array", "string"] as const).find((type) => (KEYWORDS[type] ?? []).some((keyword) => keyword in schema))
  return one === undefined ? [] : [one]
}

const isOfType = (value: Json, type: Json): boolean => {
  if (type === "null") return value === null
  if (type === "array") return Array.isArray(value)
  if (type === "object") return isFields(value)
  if (type === "integer") return Number.isInteger(value)
  return typeof value === type
}

const definitionOf = (schema: Json, container: string, key: string): Json | undefined => {
  const definitions = isFields(schema) ? schema[container] : undefined
  return isFields(definitions) && Object.hasOwn(definitions, key) ? definitions[key] : undefined
}

/** RFC 6901. */
const unescaped = (key: string): string => decodeURIComponent(key).replaceAll("~1", "/").replaceAll("~0", "~")

const limits = (schema: Fields, [low, high]: readonly [string, string], at: string) => {
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

const string = (schema: Fields, at: string): Shape => {
  const { minimum, maximum } = limits(schema, ["minLength", "maxLength"], at)
  const { format } = schema
  if (format === undefined) return { type: "string", minimum, maximum }
  const known = STRING_FORMATS.find((one) => one === format)
  if (known === undefined) return fail(at, `"format" other than ${STRING_FORMATS.join(", ")} cannot be enforced`)
  if (minimum > 0 || maximum !== null) return fail(at, `"format" together with a length cannot be enforced`)
  return { type: "format", format: known }
}
