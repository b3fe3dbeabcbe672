import { Result, Schema } from "effect"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { PersistentMap } from "#domain/kernel/persistent-map.ts"
import { categoryOf, idOf } from "#domain/kernel/envelope.ts"
import { eventCodec } from "#domain/kernel/event-codec.ts"
import { ceilDiv, MicroCredits, splitByWeight } from "#domain/kernel/money.ts"

describe("a persistent map", () => {
  /** The first four have one hash by twos; the hashes of the next two differ in their highest bits only. */
  const keys = fc.constantFrom("costarring", "liquid", "declinate", "macallums", "37x0t2", "1ekvq", "a", "b", "c", "")
  const changes = fc.array(fc.tuple(keys, fc.nat(3)), { maxLength: 30 })

  it("holds what a Map holds", () => {
    fc.assert(
      fc.property(changes, (script) => {
        const model = new Map<string, number>()
        let map = PersistentMap.empty<number>()
        for (const [key, value] of script) {
          expect(map.get(key)).toBe(model.get(key))
          model.set(key, value)
          map = map.set(key, value)
          expect(map.size).toBe(model.size)
          for (const known of model.keys()) expect(map.get(known)).toBe(model.get(known))
        }
      }),
      { numRuns: 300 },
    )
  })

  it("finds each of a hundred thousand keys, and none besides", () => {
    const all = Array.from({ length: 100_000 }, (_, index) => `key-${index}`)
    const map = all.reduce((before, key, index) => before.set(key, index), PersistentMap.empty<number>())
    expect(map.size).toBe(all.length)
    expect(all.findIndex((key, index) => map.get(key) !== index)).toBe(-1)
    expect(all.findIndex((key) => map.get(`${key}!`) !== undefined)).toBe(-1)
  })

  it("never changes once it is made", () => {
    const before = PersistentMap.empty<number>().set("a", 1).set("costarring", 2)
    before.set("a", 3).set("b", 4).set("liquid", 5).set("costarring", 6)
    expect([before.get("a"), before.get("b"), before.get("costarring"), before.get("liquid"), before.size]).toEqual([1, undefined, 2, undefined, 2])
  })
})

describe("what is put on record", () => {
  const codec = eventCodec({ Named: Schema.Struct({ name: Schema.String, tags: Schema.Record(Schema.String, Schema.Array(Schema.String)) }) })
  const named = (name: string, tags: Readonly<Record<string, readonly string[]>> = {}) => ({ type: "Named", data: { name, tags } }) as const

  it.each([["a NUL", "a\u0000"], ["half a surrogate pair", "\ud83e"]])("never has %s, wherever it is", (_, text) => {
    expect(() => codec.encode(named(text))).toThrow("Named has a text that cannot be kept at /name")
    expect(() => codec.encode(named("a", { x: ["b", text] }))).toThrow("at /tags/x/1")
    expect(() => codec.encode(named("a", { [text]: [] }))).toThrow("at /tags")
    expect(codec.encode(named("🦊\u0001\uffff", { "\\u0000": ["é"] })).data).toEqual({ name: "🦊\u0001\uffff", tags: { "\\u0000": ["é"] } })
  })
})

describe("sharing out an amount", () => {
  const amounts = fc.bigInt({ min: 0n, max: 1_000n })
  const weights = fc.array(fc.bigInt({ min: 0n, max: 5n }), { minLength: 1, maxLength: 6 })

  it("loses and invents nothing", () => {
    fc.assert(
      fc.property(amounts, weights, (total, shares) => {
        const parts = splitByWeight(total, shares)
        expect(parts).toHaveLength(shares.length)
        expect(parts.reduce((a, b) => a + b, 0n)).toBe(total)
      }),
    )
  })

  it("gives everyone the exact share, rounded down or up", () => {
    fc.assert(
      fc.property(amounts, weights, (total, shares) => {
        const sum = shares.reduce((a, b) => a + b, 0n)
        fc.pre(sum > 0n)
        splitByWeight(total, shares).forEach((part, index) => {
          const exact = total * (shares[index] ?? 0n)
          expect(part * sum).toBeGreaterThan(exact - sum)
          expect(part * sum).toBeLessThan(exact + sum)
        })
      }),
    )
  })

  it("gives what is left over to the largest remainder, ties to the earlier", () => {
    expect(splitByWeight(10n, [1n, 1n, 1n])).toEqual([4n, 3n, 3n])
    expect(splitByWeight(10n, [1n, 2n, 4n])).toEqual([1n, 3n, 6n])
  })

  it("without any weight goes to the first", () => {
    expect(splitByWeight(5n, [0n, 0n])).toEqual([5n, 0n])
  })
})

it("a quotient is rounded up", () => {
  expect([0n, 1n, 3n, 4n].map((n) => ceilDiv(n, 3n))).toEqual([0n, 1n, 1n, 2n])
})

it("a stream's name is its category and its id, which may contain dashes", () => {
  expect([categoryOf("job-job_1-2-3"), idOf("job-job_1-2-3")]).toEqual(["job", "job_1-2-3"])
})

describe("an event codec", () => {
  const codec = eventCodec(
    { "Paid.v2": Schema.Struct({ amount: MicroCredits, currency: Schema.String }) },
    { Paid: (data) => ({ type: "Paid.v2", data: { ...Object(data), currency: "credit" } }) },
  )

  it("writes amounts as decimal strings, beyond what a JSON number can hold", () => {
    const amount = 9_007_199_254_740_993n
    const wire = codec.encode({ type: "Paid.v2", data: { amount, currency: "credit" } })
    expect(wire).toEqual({ type: "Paid.v2", data: { amount: "9007199254740993", currency: "credit" } })
    expect(codec.decode(wire)).toEqual(Result.succeed({ type: "Paid.v2", data: { amount, currency: "credit" } }))
  })

  it("reads an old event as the new one", () => {
    const old = codec.decode({ type: "Paid", data: { amount: "1" } })
    expect(old).toEqual(Result.succeed({ type: "Paid.v2", data: { amount: 1n, currency: "credit" } }))
  })

  it("names every type it can read", () => {
    expect(codec.types).toEqual(["Paid.v2", "Paid"])
  })

  it("lets a reader skip what it does not know, and tells it what is broken", () => {
    expect(codec.decode({ type: "Other", data: {} })).toEqual(Result.fail({ _tag: "UnknownEventType", type: "Other" }))
    expect(codec.decode({ type: "Paid.v2", data: { amount: 1 } })).toMatchObject({ failure: { _tag: "MalformedEvent", type: "Paid.v2" } })
  })
})
