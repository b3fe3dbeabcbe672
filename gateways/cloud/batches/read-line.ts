import type { BatchProblem } from "#commands/batch/run-batch.ts"
import { jsonExcess } from "../../http/json-shape.ts"
import { limitsOf } from "../../http/read-body.ts"
import type { KeyedRoute } from "../../http/routes.ts"
import type { InputLine } from "./input-lines.ts"

const MAX_CUSTOM_ID_CHARACTERS = 512

/** A route whose answers can be had later, and who says what is wrong with a body. */
export type AskedRoute = KeyedRoute & { readonly later: (body: unknown) => void }

export const canBeAsked = (route: KeyedRoute): route is AskedRoute => route.method === "POST" && route.later !== undefined

/** One request of a batch. What its route thinks of the body is the answer to this line alone. */
export interface BatchLine {
  readonly customId: string
  readonly model: string
  readonly body: object
}

export type ReadLine = { readonly line: BatchLine } | { readonly problem: BatchProblem }

/** What is wrong with a line as a part of a batch; what is wrong with its body its route answers, as to anybody. */
export const readLine = (route: AskedRoute, { text, at }: InputLine): ReadLine => {
  const problem = (code: string, message: string, param: string | null = null): ReadLine => ({ problem: { code, line: at, message, param } })
  if (text === null) return problem("invalid_json_line", "This line is not UTF-8, or larger than a request may be.")
  if (jsonExcess(text, limitsOf(route)) !== null) return problem("invalid_json_line", "This line is nested too deeply or has too many values.")
  const request = objectIn(text)
  if (request === null) return problem("invalid_json_line", "This line is not parseable as a JSON object.")
  const customId = textAt(request, "custom_id")
  if (customId === null || customId === "" || customId.length > MAX_CUSTOM_ID_CHARACTERS) {
    return problem("invalid_custom_id", `'custom_id' must be a text of 1 to ${MAX_CUSTOM_ID_CHARACTERS} characters.`, "custom_id")
  }
  if (textAt(request, "method") !== "POST") return problem("invalid_method", "'method' must be 'POST'.", "method")
  if (textAt(request, "url") !== route.path) return problem("mismatched_url", `'url' must be the batch's endpoint, '${route.path}'.`, "url")
  const body = "body" in request ? request.body : null
  if (typeof body !== "object" || body === null || Array.isArray(body)) return problem("invalid_request", "'body' must be a JSON object.", "body")
  if ("stream" in body && body.stream === true) return problem("invalid_value", "A line of a batch is not streamed.", "body.stream")
  if ("background" in body && body.background === true) {
    return problem("invalid_value", "A line of a batch does not run in the background of another request.", "body.background")
  }
  const model = textAt(body, "model")
  if (model === null && !("models" in body)) return problem("missing_required_parameter", "Missing required parameter: 'model'.", "body.model")
  return { line: { customId, model: model ?? "", body } }
}

const objectIn = (text: string): object | null => {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === "object" && value !== null && !Array.isArray(value) ? value : null
  } catch {
    return null
  }
}

const textAt = (object: object, key: string): string | null => {
  const value: unknown = Object.getOwnPropertyDescriptor(object, key)?.value
  return typeof value === "string" ? value : null
}
