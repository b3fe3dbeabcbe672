import type { ApiError } from "../../http/api-error.ts"
import { unsupported } from "../conversation/read-fields.ts"

/** A parameter that would change the answer and is not served, and the values of it that change nothing. */
interface Refusal {
  readonly harmless: (value: unknown) => boolean
  readonly why: string
}

export type Refusals = Readonly<Record<string, Refusal>>

const isEmptyList = (value: unknown) => Array.isArray(value) && value.length === 0
const isOneOf =
  (...values: readonly unknown[]) =>
  (value: unknown) =>
    values.includes(value)
const isTextOnly = (value: unknown) => Array.isArray(value) && value.length > 0 && value.every((modality) => modality === "text")
const never = () => false

const USE_TOOLS = "functions are not served in their old form; use tools"

/** What no model here does. Refused rather than ignored: a client must not mistake the answer for what it asked for. */
export const REFUSED_PARAMETERS: Refusals = {
  functions: { harmless: isEmptyList, why: USE_TOOLS },
  function_call: { harmless: isOneOf("none", "auto"), why: USE_TOOLS },
  modalities: { harmless: isTextOnly, why: "only the modality text is supported" },
  audio: { harmless: never, why: "audio is not supported" },
  web_search_options: { harmless: never, why: "web search is not supported" },
}

const REFUSED_OF_MESSAGE: Refusals = {
  function_call: { harmless: never, why: USE_TOOLS },
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

export const firstRefused = (object: object, refusals: Refusals, prefix: string): ApiError | null => {
  for (const [name, value] of Object.entries(object)) {
    if (value === null || value === undefined || !Object.hasOwn(refusals, name)) continue
    const refusal = refusals[name]
    if (refusal !== undefined && !refusal.harmless(value)) return unsupported(`${prefix}${name}`, refusal.why)
  }
  return null
}
