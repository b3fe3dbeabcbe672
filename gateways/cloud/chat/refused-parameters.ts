import { type ApiError, badRequest } from "../../http/api-error.ts"

/** A parameter that would change the answer and is not served, and the values of it that change nothing. */
interface Refusal {
  readonly harmless: (value: unknown) => boolean
  readonly why: string
}

const isEmptyList = (value: unknown) => Array.isArray(value) && value.length === 0
const isEmptyObject = (value: unknown) => typeof value === "object" && value !== null && Object.keys(value).length === 0
const isOneOf =
  (...values: readonly unknown[]) =>
  (value: unknown) =>
    values.includes(value)
const isTextFormat = (value: unknown) => typeof value === "object" && value !== null && "type" in value && value.type === "text"
const isTextOnly = (value: unknown) => Array.isArray(value) && value.length > 0 && value.every((modality) => modality === "text")
const never = () => false

/** What this service does not do. Refused rather than ignored: a client must not mistake the answer for what it asked for. */
export const REFUSED_PARAMETERS: Readonly<Record<string, Refusal>> = {
  n: { harmless: isOneOf(1), why: "only one choice per request is supported (n = 1)" },
  logprobs: { harmless: isOneOf(false), why: "log probabilities are not supported" },
  top_logprobs: { harmless: isOneOf(0), why: "log probabilities are not supported" },
  logit_bias: { harmless: isEmptyObject, why: "logit_bias is not supported" },
  tools: { harmless: isEmptyList, why: "tools are not supported" },
  tool_choice: { harmless: isOneOf("none", "auto"), why: "tools are not supported" },
  functions: { harmless: isEmptyList, why: "functions are not supported" },
  function_call: { harmless: isOneOf("none", "auto"), why: "functions are not supported" },
  response_format: { harmless: isTextFormat, why: "only the response format text is supported" },
  modalities: { harmless: isTextOnly, why: "only the modality text is supported" },
  audio: { harmless: never, why: "audio is not supported" },
  web_search_options: { harmless: never, why: "web search is not supported" },
}

const REFUSED_OF_MESSAGE: Readonly<Record<string, Refusal>> = {
  tool_calls: { harmless: isEmptyList, why: "tools are not supported" },
  function_call: { harmless: never, why: "functions are not supported" },
  audio: { harmless: never, why: "audio is not supported" },
}

export const refusedParameter = (body: object): ApiError | null => {
  const ofRequest = firstRefused(body, REFUSED_PARAMETERS, "")
  if (ofRequest !== null || !("messages" in body) || !Array.isArray(body.messages)) return ofRequest
  for (const [index, message] of body.messages.entries()) {
    const refused = isObject(message) ? firstRefused(message, REFUSED_OF_MESSAGE, `messages[${index}].`) : null
    if (refused !== null) return refused
  }
  return null
}

const isObject = (value: unknown): value is object => typeof value === "object" && value !== null

const firstRefused = (object: object, refusals: Readonly<Record<string, Refusal>>, prefix: string): ApiError | null => {
  for (const [name, value] of Object.entries(object)) {
    if (value === null || value === undefined || !Object.hasOwn(refusals, name)) continue
    const refusal = refusals[name]
    if (refusal !== undefined && !refusal.harmless(value)) return unsupported(`${prefix}${name}`, refusal.why)
  }
  return null
}

export const unsupported = (param: string, why: string): ApiError =>
  badRequest({ code: "unsupported_parameter", message: `Unsupported value for '${param}': ${why}.`, param })
