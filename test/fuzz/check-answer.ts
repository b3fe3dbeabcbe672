import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js"
import type { ApiDocument, JsonSchema, Target } from "./document.ts"

export interface FuzzAnswer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
}

/** Whatever the route, these may be the answer to what is not a proper request of it. */
const ANYWHERE = new Set([400, 404, 405, 408, 413, 414, 415, 417, 431])
const LEAKS = /\bat [\w.<>]+ \(|node_modules|\.ts:\d+|\/(?:home|work|root|tmp)\/|ECONN|postgres|SELECT /

/** What is wrong with an answer by the document and by the rules that hold for all of them. */
export const answerChecker = (document: ApiDocument) => {
  const schemaProblems = schemaChecker(document)

  const errorProblems = ({ status, headers, text }: FuzzAnswer, method: string): readonly string[] => {
    if (method === "HEAD") return []
    if (headers.get("content-type") !== "application/json; charset=utf-8") return [`an error of type ${headers.get("content-type")}`]
    const body = parsed(text)
    if (body === undefined) return ["an error that is no JSON"]
    const keys = Object.keys(body as object).join()
    const { error } = body as { error?: object }
    const inner = Object.keys(error ?? {}).toSorted().join()
    const form = keys === "error" && inner === "code,message,param,type" ? [] : [`an error with the keys ${keys}: ${inner}`]
    return [...form, ...schemaProblems({ $ref: "#/components/schemas/ErrorBody" }, body), ...(LEAKS.test(text) ? [`an error of ${status} that tells too much`] : [])]
  }

  const bodyProblems = (schemas: Readonly<Record<string, { readonly schema: JsonSchema }>>, { headers, text }: FuzzAnswer): readonly string[] => {
    const type = (headers.get("content-type") ?? "").split(";")[0] ?? ""
    const schema = schemas[type]?.schema
    if (schema === undefined) return [`the type ${type}, which is not documented`]
    if (type === "text/event-stream") return eventsOf(text).flatMap((event) => eventProblems(schema, event))
    if (type !== "application/json") return []
    const body = parsed(text)
    return body === undefined ? ["a body that is no JSON"] : schemaProblems(schema, body)
  }

  const eventProblems = (schema: JsonSchema, data: string): readonly string[] => {
    if (data === "[DONE]") return []
    const body = parsed(data)
    if (body === undefined) return ["an event that is no JSON"]
    return typeof body === "object" && body !== null && "error" in body ? [] : schemaProblems(schema, body)
  }

  return (target: Target, method: string, answer: FuzzAnswer): readonly string[] => {
    const { status, headers } = answer
    const documented = target.responses[String(status)]
    const problems: string[] = []
    if (!(headers.get("x-request-id") ?? "").startsWith("req_")) problems.push("no x-request-id")
    if (documented === undefined && !ANYWHERE.has(status) && method === target.method) problems.push(`the status ${status}, which is not documented`)
    if (status === 500 || (status > 500 && documented === undefined)) problems.push(`the status ${status}`)
    const isPlain = status < 400 || documented?.content?.["application/json"]?.schema.$ref !== "#/components/schemas/ErrorBody"
    if (status >= 400 && !(isPlain && documented !== undefined)) problems.push(...errorProblems(answer, method))
    else if (method === target.method && documented?.content !== undefined) problems.push(...bodyProblems(documented.content, answer))
    return problems
  }
}

const schemaChecker = (document: ApiDocument) => {
  const ajv = new Ajv2020({ strict: false, allErrors: false, validateFormats: false })
  ajv.addSchema({ $id: "api", ...document })
  const compiled = new Map<string, ValidateFunction>()
  return (schema: JsonSchema, value: unknown): readonly string[] => {
    const text = JSON.stringify(schema).replaceAll('"#/components/', '"api#/components/')
    const validate = compiled.get(text) ?? ajv.compile(JSON.parse(text) as object)
    compiled.set(text, validate)
    return validate(value) ? [] : [`a body that is not as documented: ${ajv.errorsText(validate.errors)}`]
  }
}

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const eventsOf = (text: string): readonly string[] =>
  text.split("\n").filter((line) => line.startsWith("data: ")).map((line) => line.slice("data: ".length))
