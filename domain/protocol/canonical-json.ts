export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json | undefined }

/**
 * JSON Canonicalization Scheme (RFC 8785): keys sorted by UTF-16 code units, no white space, numbers and strings as ECMAScript writes
 * them. `undefined` members are left out, as `JSON.stringify` does. Throws on NaN, infinities and lone surrogates (I-JSON).
 */
export const canonicalJson = (value: Json): string => {
  if (value === null || typeof value === "boolean") return String(value)
  if (typeof value === "number") return canonicalNumber(value)
  if (typeof value === "string") return canonicalString(value)
  if (isList(value)) return `[${value.map(canonicalJson).join(",")}]`
  const members = Object.keys(value)
    .sort()
    .flatMap((key) => {
      const member = value[key]
      return member === undefined ? [] : [`${canonicalString(key)}:${canonicalJson(member)}`]
    })
  return `{${members.join(",")}}`
}

const isList = (value: object): value is readonly Json[] => Array.isArray(value)

const canonicalNumber = (value: number): string => {
  if (!Number.isFinite(value)) throw new TypeError(`${value} has no canonical JSON form`)
  return JSON.stringify(value)
}

const canonicalString = (value: string): string => {
  if (!value.isWellFormed()) throw new TypeError("a lone surrogate has no canonical JSON form")
  return JSON.stringify(value)
}
