import { readFileSync } from "node:fs"
import { type ErrorObject } from "ajv"
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js"
import addFormatsModule from "ajv-formats"

type Json = null | boolean | number | string | readonly Json[] | JsonObject
interface JsonObject {
  readonly [key: string]: Json
}

/** Years 2020 to 2100: milliseconds or microseconds are no Unix time. */
const UNIX_TIME = { from: 1_577_836_800, to: 4_102_444_800 }
const MAX_PROBLEMS = 5

/** OpenAPI 3.0 said `nullable`; JSON Schema has a type for that. */
const toJsonSchema = (value: Json): Json => {
  if (Array.isArray(value)) return value.map(toJsonSchema)
  if (typeof value !== "object" || value === null) return value
  const { nullable, ...schema } = value as JsonObject
  const read = Object.fromEntries(Object.entries(schema).map(([key, inner]) => [key, toJsonSchema(inner)]))
  return nullable === true ? { anyOf: [read, { type: "null" }] } : read
}

const FILE = new URL("../fixtures/openai/response-schemas.json", import.meta.url)
const COMPLETION = "CreateCompletionResponse"
const OPEN_UNTIL_THE_END = ['"finish_reason":{', '"usage":{']

type Components = Readonly<Record<string, JsonObject>>

/** Streamed, its finish_reason and usage are null until the end, as in chats; the document describes one form for both. */
const streamedCompletion = (schemas: Components): JsonObject => {
  const text = JSON.stringify(schemas[COMPLETION])
  for (const name of OPEN_UNTIL_THE_END) if (!text.includes(name)) throw new Error(`${COMPLETION} has no ${name} any more`)
  return JSON.parse(OPEN_UNTIL_THE_END.reduce((schema, name) => schema.replace(name, `${name}"nullable":true,`), text)) as JsonObject
}

const readComponents = (): Components => {
  const published = JSON.parse(readFileSync(FILE, "utf8")) as Components
  return toJsonSchema({ ...published, StreamedCompletion: streamedCompletion(published) }) as Components
}

const components = readComponents()

const makeValidator = (): Ajv2020 => {
  const ajv = new Ajv2020({ strict: false, allErrors: true })
  // Its types describe a default export; what Node finds under that name depends on the loader.
  const addFormats = "default" in addFormatsModule ? addFormatsModule.default : addFormatsModule
  addFormats(ajv)
  ajv.addFormat("unixtime", { type: "number", validate: (at: number) => Number.isInteger(at) && at >= UNIX_TIME.from && at <= UNIX_TIME.to })
  ajv.addSchema({ $id: "openai", components: { schemas: components } })
  return ajv
}

let ajv: Ajv2020 | undefined
const compiled = new Map<string, ValidateFunction>()

const validatorOf = (name: string): ValidateFunction => {
  const known = compiled.get(name)
  if (known !== undefined) return known
  ajv ??= makeValidator()
  const made = ajv.compile({ $ref: `openai#/components/schemas/${name}` })
  compiled.set(name, made)
  return made
}

const told = ({ instancePath, message, params }: ErrorObject): string => `${instancePath || "/"} ${message} ${JSON.stringify(params)}`

/** Where a body is not what OpenAI's document says of this component; empty when it is. Throws when there is no such component. */
export const openAIProblems = (component: string, body: unknown): readonly string[] => {
  const validate = validatorOf(component)
  if (validate(body)) return []
  return (validate.errors ?? []).slice(0, MAX_PROBLEMS).map((error) => `${component}: ${told(error)}`)
}

/** The component of one event of a stream of `/v1/responses`: a union of dozens says little, the one of that type says what is wrong. */
export const responseEventComponent = (type: string): string => {
  const union = components["ResponseStreamEvent"]?.["anyOf"]
  const names = Array.isArray(union) ? union.map((one: JsonObject) => String(one["$ref"]).split("/").at(-1) ?? "") : []
  const found = names.find((name) => JSON.stringify(components[name]).includes(`"type":{"type":"string","enum":["${type}"]`))
  return found ?? "ResponseStreamEvent"
}
