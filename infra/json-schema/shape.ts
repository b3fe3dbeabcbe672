import type { Schema } from "effect"

export type Json = Schema.Json

/** What a value may be: a JSON Schema without its freedom of expression. Everything in it can be enforced while text is generated. */
export type Shape =
  | { readonly type: "any" }
  | { readonly type: "boolean" }
  | { readonly type: "constant"; readonly value: Json }
  | { readonly type: "string"; readonly minimum: number; readonly maximum: number | null }
  | { readonly type: "format"; readonly format: StringFormat }
  | { readonly type: "number"; readonly integer: boolean; readonly minimum: bigint | null; readonly maximum: bigint | null }
  | { readonly type: "array"; readonly first: readonly Shape[]; readonly rest: Shape | null; readonly minimum: number; readonly maximum: number | null }
  | { readonly type: "object"; readonly properties: readonly Property[]; readonly others: Shape | null }
  | { readonly type: "either"; readonly shapes: readonly Shape[] }
  | { readonly type: "reference"; readonly to: string }

export interface Property {
  readonly name: string
  readonly shape: Shape
  readonly required: boolean
}

export const STRING_FORMATS = ["date-time", "date", "time", "uuid", "email", "ipv4", "hostname", "uri"] as const
export type StringFormat = (typeof STRING_FORMATS)[number]

export interface JsonShape {
  readonly root: Shape
  /** What references lead to, by the pointer of the reference. */
  readonly definitions: ReadonlyMap<string, Shape>
}

/** The shape behind references. Every reference of a `JsonShape` leads somewhere. */
export const resolved = (shape: Shape, definitions: JsonShape["definitions"]): Shape => {
  let found = shape
  while (found.type === "reference") found = definitions.get(found.to) ?? { type: "any" }
  return found
}

/** Any JSON object, as `json_object` asks for. */
export const ANY_OBJECT: JsonShape = { root: { type: "object", properties: [], others: { type: "any" } }, definitions: new Map() }
/** `{}`, as a function without parameters has it. */
export const NO_PROPERTIES: JsonShape = { root: { type: "object", properties: [], others: null }, definitions: new Map() }
