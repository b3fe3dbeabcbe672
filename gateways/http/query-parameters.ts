import type { FastifyRequest } from "fastify"
import { isPlainText } from "#domain/kernel/plain-text.ts"
import { badRequest } from "./api-error.ts"

/** A request's query: each parameter at most once (lists are separated by commas, or the name is repeated with `[]`), and none that the route does not know. */
export interface QueryParameters {
  readonly one: (name: string) => string | null
  readonly list: (name: string) => readonly string[] | null
}

export const invalidParameter = (param: string, expected: string) =>
  badRequest({ code: "invalid_value", param, message: `Invalid value for '${param}': expected ${expected}.` })

export const queryParameters = ({ url }: Pick<FastifyRequest, "url">, known: readonly string[]): QueryParameters => {
  const at = url.indexOf("?")
  const given = new URLSearchParams(at === -1 ? "" : url.slice(at + 1))
  for (const [name, value] of given) {
    if (!known.includes(name.replace(/\[\]$/, ""))) {
      throw badRequest({ code: "unknown_parameter", param: name.slice(0, 64), message: `Unknown query parameter. This route takes ${known.join(", ")}.` })
    }
    // No database holds it, and nothing is called so.
    if (!isPlainText(value)) throw invalidParameter(name.slice(0, 64), "a value without a NUL")
  }
  const list = (name: string): readonly string[] | null => {
    const all = [...given.getAll(name), ...given.getAll(`${name}[]`)].flatMap((value) => value.split(","))
    return all.length === 0 ? null : all.filter((value) => value !== "")
  }
  const one = (name: string): string | null => {
    const all = given.getAll(name)
    if (all.length > 1) throw invalidParameter(name, "one value")
    return all[0] ?? null
  }
  return { one, list }
}

const SECONDS = /^\d{1,11}$/
const DATE = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d))?$/

/** Seconds since 1970 or a date (RFC 3339), in milliseconds; null where it is not given. */
export const timeParameter = (parameters: QueryParameters, name: string): number | null => {
  const text = parameters.one(name)
  if (text === null) return null
  const at = SECONDS.test(text) ? Number(text) * 1_000 : DATE.test(text) ? Date.parse(text) : Number.NaN
  if (Number.isNaN(at)) throw invalidParameter(name, "seconds since 1970, or a date such as 2026-11-25 or 2026-11-25T12:00:00Z")
  return at
}

export const countParameter = (parameters: QueryParameters, name: string, { least, most, fallback }: { readonly least: number; readonly most: number; readonly fallback: number }): number => {
  const text = parameters.one(name)
  if (text === null) return fallback
  const count = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN
  if (!(count >= least && count <= most)) throw invalidParameter(name, `a whole number from ${least} to ${most}`)
  return count
}

export const choiceParameter = <const Choice extends string>(parameters: QueryParameters, name: string, choices: readonly Choice[]): Choice | null => {
  const text = parameters.one(name)
  if (text === null) return null
  const choice = choices.find((one) => one === text)
  if (choice === undefined) throw invalidParameter(name, `one of ${choices.join(", ")}`)
  return choice
}

/** A place in a list, as text that means nothing to clients. */
export const pageToken = (place: readonly string[]): string => Buffer.from(JSON.stringify(place)).toString("base64url")

/** A place of `length` parts that `pageToken` made; null where none is given. */
export const pageParameter = (parameters: QueryParameters, name: string, length: number): readonly string[] | null => {
  const text = parameters.one(name)
  if (text === null) return null
  const place = parse(text)
  if (!Array.isArray(place) || place.length !== length || !place.every((part): part is string => typeof part === "string" && isPlainText(part))) {
    throw invalidParameter(name, "the token of an earlier answer to the same query")
  }
  return place
}

const parse = (text: string): unknown => {
  try {
    return JSON.parse(Buffer.from(text, "base64url").toString("utf8"))
  } catch {
    return null
  }
}
