import fc from "fast-check"
import type { ApiDocument, DocumentedParameter, Target } from "./document.ts"
import { hostileValue, mutated } from "./hostile-values.ts"
import { type Dictionary, valuesOf } from "./schema-values.ts"

/** One request; `{id}` of the path stands for the nth id that an answer had, if there is one. */
export interface Case {
  readonly target: Target
  readonly kind: string
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | null
  readonly credential: "good" | "bad"
}

const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD"]
const BROKEN = ["", " ", "{", "}", '{"a":', "[", "nul", '"', '{"a":1}{"b":2}', "\ufeff{}", "{'a':1}", "[".repeat(5_000), '{"a":1,}', "NaN", "\u0000"]
const TYPES = ["application/json", "application/json; charset=utf-8", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "garbage", "application/json; charset=utf-16"]
/** No key, or none that is good. */
const BAD_CREDENTIALS: readonly Readonly<Record<string, string>>[] = [
  {}, { authorization: "" }, { authorization: "Bearer" }, { authorization: "Basic dTpw" }, { authorization: "Bearer sk-123" },
  { authorization: "Bearer rk_test_AAAAAAAAAAAA_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA_00000000" }, { authorization: `Bearer ${"x".repeat(3_000)}` },
  { authorization: "Bearer \u00fc" },
]

export interface Fuzzed {
  readonly document: ApiDocument
  readonly dictionary: Dictionary
}

/** Requests to every operation of the document: valid, changed, confused and broken ones. */
export const casesFor = ({ document, dictionary }: Fuzzed, targets: readonly Target[]): fc.Arbitrary<Case> => {
  const values = valuesOf(document, dictionary)
  const perTarget = targets.map((target) => {
    const schema = target.requestBody?.content["application/json"]?.schema
    const valid = schema === undefined ? fc.constant(null) : values.ofSchema(schema)
    const bodies = bodiesOf(schema === undefined ? null : valid)
    const parameter = (one: DocumentedParameter) => parameterOf(one, values.ofMember(one.name, one.schema))
    return fc
      .record({
        body: bodies,
        method: fc.oneof({ weight: 19, arbitrary: fc.constant(target.method) }, { weight: 1, arbitrary: fc.constantFrom(...METHODS) }),
        parameters: fc.tuple(...(target.parameters ?? []).map(parameter)),
        type: fc.oneof({ weight: 9, arbitrary: fc.constant("application/json") }, { weight: 1, arbitrary: fc.constantFrom(...TYPES) }),
        bad: fc.oneof({ weight: 9, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: fc.constantFrom(...BAD_CREDENTIALS) }),
      })
      .map((drawn) => toCase(target, drawn))
  })
  // Operations with a body have more to get wrong.
  return fc.oneof(...perTarget.map((arbitrary, n) => ({ arbitrary, weight: targets[n]?.requestBody === undefined ? 1 : 10 })))
}

interface Body {
  readonly kind: string
  readonly text: string | null
}

const bodiesOf = (valid: fc.Arbitrary<unknown> | null): fc.Arbitrary<Body> => {
  if (valid === null) return fc.constant({ kind: "no body", text: null })
  const json = (kind: string, values: fc.Arbitrary<unknown>) => values.map((value): Body => ({ kind, text: JSON.stringify(value) ?? "" }))
  return fc.oneof(
    { weight: 6, arbitrary: json("valid", valid) },
    { weight: 9, arbitrary: json("changed", mutated(valid)) },
    { weight: 2, arbitrary: json("hostile", hostileValue) },
    { weight: 1, arbitrary: fc.constantFrom(...BROKEN).map((text): Body => ({ kind: "broken", text })) },
    { weight: 1, arbitrary: fc.tuple(valid, fc.nat()).map(([value, at]) => cut(JSON.stringify(value), at)) },
  )
}

const cut = (text: string, at: number): Body => ({ kind: "broken", text: text.slice(0, at % (text.length + 1)) })

type DrawnParameter = readonly [DocumentedParameter, string | null]

const parameterOf = (one: DocumentedParameter, values: fc.Arbitrary<unknown>): fc.Arbitrary<DrawnParameter> => {
  const known = one.in === "path" ? fc.nat(20).map((n) => `{id ${n}}`) : values.map(String)
  const hostile = fc.oneof(fc.string({ unit: "binary", maxLength: 40 }), hostileValue.map((value) => String(value).slice(0, 300)))
  const absent = one.required ? [] : [{ weight: 14, arbitrary: fc.constant(null) }]
  return fc
    .oneof({ weight: 4, arbitrary: known }, { weight: 3, arbitrary: hostile.map((text) => text.toWellFormed()) }, ...absent)
    .map((value) => [one, value] as const)
}

interface Drawn {
  readonly body: Body
  readonly method: string
  readonly parameters: readonly DrawnParameter[]
  readonly type: string
  readonly bad: Readonly<Record<string, string>> | null
}

const HEADER_VALUE = /^[\x20-\x7e]*$/

const toCase = (target: Target, { body, method, parameters, type, bad }: Drawn): Case => {
  const given = parameters.filter((one): one is [DocumentedParameter, string] => one[1] !== null)
  const query = given.filter(([one]) => one.in === "query").map(([{ name }, value]) => `${name}=${encodeURIComponent(value)}`)
  const path = given.filter(([one]) => one.in === "path").reduce((text, [{ name }, value]) => text.replace(`{${name}}`, () => segment(value)), target.path)
  const headers = given.filter(([one, value]) => one.in === "header" && HEADER_VALUE.test(value)).map(([{ name }, value]) => [name, value.trim()])
  const hasBody = body.text !== null && method !== "GET" && method !== "HEAD"
  return {
    target, method, kind: method === target.method ? body.kind : "other method",
    path: query.length === 0 ? path : `${path}?${query.join("&")}`,
    headers: { ...Object.fromEntries(headers), ...(hasBody && { "content-type": type }), ...bad },
    body: hasBody ? body.text : null,
    credential: bad === null ? "good" : "bad",
  }
}

/** Dots would be taken for steps in a path by the client already. */
const segment = (value: string): string => (/^\{id \d+\}$/.test(value) ? value : encodeURIComponent(value).replaceAll(".", "%2E") || "-")
