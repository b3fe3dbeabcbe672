import fc from "fast-check"

const MAX_LONG = 20_000
const NESTED = 200

const nested = (depth: number): unknown => {
  let value: unknown = "deep"
  for (let level = 0; level < depth; level += 1) value = level % 2 === 0 ? [value] : { a: value }
  return value
}

const PLAIN: readonly unknown[] = [
  null, true, false, 0, -0, -1, 1, 0.5, 2 ** 31, 2 ** 53, -(2 ** 53) - 1, 1e308, 5e-324, "", " ", "0", "null", [], {}, [[]], [null], [{}], { "": null },
]

const TEXTS: readonly string[] = [
  "\u0000", "\ud83e", "\udd8a\ud83e", "\u202e\u0007", "🦊".repeat(50), "%00", "../../etc/passwd", "'; drop table jobs; --", "${7*7}{{7*7}}",
  "data:image/png;base64,AAAA", "http://169.254.169.254/latest", "<script>", "__proto__", "constructor", "\r\nset-cookie: a=b", "NaN", "1e999",
]

/** As JSON.parse makes them: members of their own with the names of what every object has. */
const PROTOTYPES: unknown = JSON.parse('{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}')

/** Nothing that a client has reason to send. */
export const hostileValue: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom(...PLAIN) },
  { weight: 2, arbitrary: fc.constantFrom(...TEXTS) },
  { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 60 }) },
  { weight: 1, arbitrary: fc.nat(MAX_LONG).map((length) => "x".repeat(length)) },
  { weight: 1, arbitrary: fc.nat(MAX_LONG / 10).map((length) => Array.from({ length }, (_, n) => n)) },
  { weight: 1, arbitrary: fc.nat(NESTED).map(nested) },
  { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 4 }) },
  { weight: 1, arbitrary: fc.constant(PROTOTYPES) },
)

const STEPS = ["replace", "replace", "replace", "remove", "add", "repeat", "nullify"] as const
type Step = (typeof STEPS)[number]

/** The value with one to three things in it changed. */
export const mutated = (values: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
  fc
    .tuple(values, fc.array(fc.tuple(fc.constantFrom(...STEPS), fc.nat(), hostileValue), { minLength: 1, maxLength: 3 }))
    .map(([value, changes]) => changes.reduce((current, [step, place, hostile]) => change(current, { step, place, hostile: structuredClone(hostile) }), structuredClone(value)))

interface Change {
  readonly step: Step
  readonly place: number
  readonly hostile: unknown
}

type Holder = Record<string, unknown> | unknown[]

const change = (value: unknown, { step, place, hostile }: Change): unknown => {
  const places = placesIn(value)
  const found = places[place % Math.max(places.length, 1)]
  if (found === undefined) return hostile
  const [holder, key] = found
  if (step === "add") add(holder, hostile)
  else if (Array.isArray(holder)) changeItem(holder, Number(key), { step, hostile })
  else if (step === "remove") delete holder[key]
  else set(holder, key, step === "nullify" ? null : step === "repeat" ? [holder[key], structuredClone(holder[key])] : hostile)
  return value
}

const changeItem = (list: unknown[], index: number, { step, hostile }: Pick<Change, "step" | "hostile">): void => {
  if (step === "remove") list.splice(index, 1)
  else if (step === "repeat") list.push(...Array.from({ length: 50 }, () => structuredClone(list[index])))
  else list[index] = step === "nullify" ? null : hostile
}

const add = (holder: Holder, hostile: unknown): void => {
  if (Array.isArray(holder)) holder.push(hostile)
  else set(holder, typeof hostile === "string" ? hostile.slice(0, 40) : "unknown_member", hostile)
}

const set = (holder: Record<string, unknown>, key: string, value: unknown): void =>
  void Object.defineProperty(holder, key, { value, enumerable: true, writable: true, configurable: true })

const placesIn = (value: unknown): readonly (readonly [Holder, string])[] => {
  if (typeof value !== "object" || value === null) return []
  const holder = value as Holder
  return Object.entries(holder).flatMap(([key, inner]) => [[holder, key] as const, ...placesIn(inner)])
}
