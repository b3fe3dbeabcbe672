import { integerRange } from "./integer-range.ts"
import { otherKeys } from "./other-keys.ts"
import type { Json, JsonShape, Property, Shape, StringFormat } from "./shape.ts"

const TWO_DIGITS = { month: `("0" [1-9] | "1" [0-2])`, day: `("0" [1-9] | "1" [0-9] | "2" [0-8])`, hour: `([01] [0-9] | "2" [0-3])` }
const DATE = `[1-9] [0-9]{3} "-" ${TWO_DIGITS.month} "-" ${TWO_DIGITS.day}`
const TIME = `${TWO_DIGITS.hour} ":" [0-5] [0-9] ":" [0-5] [0-9] ("." [0-9]{1,6})? ("Z" | [+-] ${TWO_DIGITS.hour} ":" [0-5] [0-9])`
const LABEL = `[a-z0-9] ([a-z0-9-]{0,30} [a-z0-9])?`
const HOST = `${LABEL} ("." ${LABEL}){0,6} "." [a-z]{2,12}`
const BYTE = `("25" [0-5] | "2" [0-4] [0-9] | "1" [0-9] [0-9] | [1-9]? [0-9])`
/** Each says only what is surely of that format, and not all of it: no 29th to 31st, no quoted local parts. */
const FORMATS: Readonly<Record<StringFormat, string>> = {
  date: DATE,
  time: TIME,
  "date-time": `${DATE} "T" ${TIME}`,
  uuid: `[0-9a-f]{8} "-" [0-9a-f]{4} "-" [1-8] [0-9a-f]{3} "-" [89ab] [0-9a-f]{3} "-" [0-9a-f]{12}`,
  email: `[a-zA-Z0-9] ([a-zA-Z0-9_+-]{0,30} [a-zA-Z0-9])? ("." [a-zA-Z0-9]{1,30}){0,3} "@" ${HOST}`,
  ipv4: `${BYTE} "." ${BYTE} "." ${BYTE} "." ${BYTE}`,
  hostname: HOST,
  uri: `"http" "s"? "://" ${HOST} (":" [1-9] [0-9]{1,3})? ("/" [a-zA-Z0-9._~%!$&'()*+,;=:@/-]{0,512})? ("?" [a-zA-Z0-9._~!$&'()*+,;=:@/-]{0,512})?`,
}
/** Of JSON: white space that a model may set and cannot go on with for ever. */
const COMMON = [
  String.raw`ws ::= (" " | "\n" [ \t]{0,20})?`,
  String.raw`char ::= [^"\\\x7F\x00-\x1F] | "\\" (["\\/bfnrt] | "u" [0-9a-fA-F]{4})`,
  String.raw`string ::= "\"" char* "\""`,
  String.raw`fraction ::= "." [0-9]{1,16}`,
  String.raw`exponent ::= [eE] [-+]? [0-9]{1,3}`,
  `number ::= "-"? ("0" | [1-9] [0-9]{0,15}) fraction? exponent?`,
  `value ::= object | array | string | number | "true" | "false" | "null"`,
  `object ::= "{" ws (string ws ":" ws value ws ("," ws string ws ":" ws value ws)*)? "}"`,
  `array ::= "[" ws (value ws ("," ws value ws)*)? "]"`,
]

/** A text exactly. */
export const literal = (text: string): string => `"${text.replaceAll(/["\\\u0000-\u001f]/g, escaped)}"`

const escaped = (character: string): string =>
  character < " " ? String.raw`\x${character.charCodeAt(0).toString(16).padStart(2, "0")}` : `\\${character}`

/** Writes shapes as rules of a grammar in llama.cpp's notation (GBNF). */
export class GrammarWriter {
  readonly #rules: string[] = []
  readonly #named = new Map<string, string>()

  /** The name of the rule for that JSON. */
  json({ root, definitions }: JsonShape): string {
    const references = new Map<string, string>()
    // One after the other, not one within the other: a chain of references may be longer than the stack.
    const pending: (readonly [place: number, rule: string, to: string])[] = []
    const name = (to: string): string => {
      const known = references.get(to)
      if (known !== undefined) return known
      const rule = `ref${this.#rules.length}`
      references.set(to, rule)
      pending.push([this.#rules.push("") - 1, rule, to])
      return rule
    }
    const written = this.rule(this.#shape(root, name))
    for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
      const [place, rule, to] = next
      this.#rules[place] = `${rule} ::= ${this.#shape(definitions.get(to) ?? { type: "any" }, name)}`
    }
    return written
  }

  /** The same expression is one rule. */
  rule(expression: string): string {
    const known = this.#named.get(expression)
    if (known !== undefined) return known
    const name = `r${this.#rules.length}`
    this.#rules.push(`${name} ::= ${expression}`)
    this.#named.set(expression, name)
    return name
  }

  grammar(root: string): string {
    return [`root ::= ${root}`, ...this.#rules, ...COMMON].join("\n")
  }

  #shape(shape: Shape, reference: (to: string) => string): string {
    switch (shape.type) {
      case "any":
        return "value"
      case "boolean":
        return `("true" | "false")`
      case "constant":
        return literal(JSON.stringify(shape.value satisfies Json))
      case "string":
        if (shape.minimum === 0 && shape.maximum === null) return "string"
        return this.rule(`${quote} char{${shape.minimum},${shape.maximum ?? ""}} ${quote}`)
      case "format":
        return this.rule(`${quote} ${FORMATS[shape.format]} ${quote}`)
      case "number":
        return this.#number(shape)
      case "array":
        return this.#array(shape, reference)
      case "object":
        return this.#object(shape, reference)
      case "either":
        return `(${shape.shapes.map((one) => this.#shape(one, reference)).join(" | ")})`
      case "reference":
        return reference(shape.to)
    }
  }

  #number({ integer, minimum, maximum }: Extract<Shape, { type: "number" }>): string {
    if (integer) return this.rule(integerRange(minimum, maximum))
    if (minimum === null && maximum === null) return "number"
    return this.rule(decimalRange(minimum, maximum))
  }

  #array({ first, rest, minimum, maximum }: Extract<Shape, { type: "array" }>, reference: (to: string) => string): string {
    const fixed = first.slice(0, maximum ?? first.length).map((one) => this.#shape(one, reference))
    const item = rest === null ? null : this.rule(this.#shape(rest, reference))
    const left = (count: number | null): number | null => (count === null ? null : Math.max(0, count - fixed.length))
    const more = item === null ? "" : repeated(`"," ws ${item} ws`, left(minimum) ?? 0, left(maximum))
    // From the last item back: an item may be missing when those behind it are missing too.
    const tail = fixed.reduceRight((after, one, index) => {
      const here = `${index === 0 ? "" : `"," ws `}${one} ws ${after}`
      return index < minimum ? here : `(${here})?`
    }, more)
    if (fixed.length > 0) return `"[" ws ${tail} "]"`
    if (item === null || maximum === 0) return `"[" ws "]"`
    const several = `${item} ws ${repeated(`"," ws ${item} ws`, Math.max(0, minimum - 1), maximum === null ? null : maximum - 1)}`
    return `"[" ws ${minimum === 0 ? `(${several})?` : several} "]"`
  }

  /** Properties in their order; each rule says what may follow, once with a property before it and once without. */
  #object({ properties, others }: Extract<Shape, { type: "object" }>, reference: (to: string) => string): string {
    const pair = ({ name, shape }: Property): string => `${literal(JSON.stringify(name))} ws ":" ws ${this.#shape(shape, reference)} ws`
    const other = others === null ? null : this.rule(`${otherKeys(properties.map(({ name }) => name))} ws ":" ws ${this.#shape(others, reference)} ws`)
    let begun = other === null ? "" : this.rule(`("," ws ${other})*`)
    let first = other === null ? "" : this.rule(`(${other} ${begun})?`)
    for (const property of properties.toReversed()) {
      const one = this.rule(pair(property))
      const [after, here] = [`"," ws ${one} ${begun}`, `${one} ${begun}`]
      first = this.rule(property.required ? here : first === "" ? `(${here})?` : `${here} | ${first}`)
      begun = this.rule(property.required ? after : begun === "" ? `(${after})?` : `${after} | ${begun}`)
    }
    return `"{" ws ${first} "}"`
  }
}

const quote = literal(`"`)

const repeated = (item: string, minimum: number, maximum: number | null): string => {
  if (maximum === 0) return ""
  return minimum === 0 && maximum === null ? `(${item})*` : `(${item}){${minimum},${maximum ?? ""}}`
}

/** Numbers with a fraction between whole bounds: the bound itself, or one whose whole part lies strictly within. */
const decimalRange = (minimum: bigint | null, maximum: bigint | null): string => {
  const parts: string[] = []
  if (minimum === null || minimum < 0n) {
    const nearest = maximum !== null && maximum < 0n ? -maximum : 0n
    parts.push(`"-" (${decimalFrom(nearest, minimum === null ? null : -minimum)})`)
  }
  if (maximum === null || maximum >= 0n) parts.push(decimalFrom(minimum !== null && minimum > 0n ? minimum : 0n, maximum))
  return parts.join(" | ")
}

const decimalFrom = (low: bigint, high: bigint | null): string => {
  if (high === null) return `${integerRange(low, null)} fraction?`
  const below = high > low ? `${integerRange(low, high - 1n)} fraction? | ` : ""
  return `${below}"${high}" ("." "0"{1,16})?`
}
