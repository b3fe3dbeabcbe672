import type { BatchProblem } from "#commands/batch/run-batch.ts"
import { ApiError } from "../../http/api-error.ts"
import { jsonExcess } from "../../http/json-shape.ts"
import { limitsOf } from "../../http/read-body.ts"
import type { KeyedRoute } from "../../http/routes.ts"
import type { InputLine } from "./input-lines.ts"

const MAX_CUSTOM_ID_CHARACTERS = 512

/** A route whose answers can be had later, and who says what is wrong with a body. */
export type AskedRoute = KeyedRoute & { readonly later: (body: unknown) => void }

export const canBeAsked = (route: KeyedRoute): route is AskedRoute => route.method === "POST" && route.later !== undefined

/** One request of a batch, checked as its route checks it. */
export interface BatchLine {
  readonly customId: string
  readonly model: string
  readonly body: object
}

export type ReadLine = { readonly line: BatchLine } | { readonly problem: BatchProblem }

/** Reads a line as the route will read its body. */
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
  const wrong = bodyProblem(route, body)
  if (wrong !== null) return problem(wrong.code, wrong.message, wrong.param === null ? "body" : `body.${wrong.param}`)
  return { line: { customId, model: textAt(body, "model") ?? "", body } }
}

const bodyProblem = (route: AskedRoute, body: object): Pick<ApiError, "code" | "message" | "param"> | null => {
  if ("stream" in body && body.stream === true) return { code: "invalid_value", message: "A line of a batch is not streamed.", param: "stream" }
  if ("background" in body && body.background === true) return { code: "invalid_value", message: "A line of a batch does not run in the background of another request.", param: "background" }
  try {
    route.later(body)
    return null
  } catch (error) {
    if (error instanceof ApiError) return error
    throw error
  }
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
