import type { Json } from "./shape.ts"

export type Fields = Readonly<Record<string, Json>>

export const isFields = (value: Json | undefined): value is Fields => typeof value === "object" && value !== null && !Array.isArray(value)

/** By the name of a type in a schema. */
export const isOfType = (value: Json, type: Json): boolean => {
  if (type === "null") return value === null
  if (type === "array") return Array.isArray(value)
  if (type === "object") return isFields(value)
  if (type === "integer") return Number.isInteger(value)
  return typeof value === type
}
