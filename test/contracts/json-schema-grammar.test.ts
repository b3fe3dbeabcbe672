import fc from "fast-check"
import { getLlama, type Llama, type LlamaGrammar } from "node-llama-cpp"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { GrammarWriter } from "#infra/json-schema/grammar-writer.ts"
import { minimalValue } from "#infra/json-schema/minimal-value.ts"
import { readParameters, readSchema } from "#infra/json-schema/read-schema.ts"
import { SchemaBudget } from "#infra/json-schema/schema-budget.ts"
import { ANY_OBJECT, type Json, type JsonShape } from "#infra/json-schema/shape.ts"
import { UnsupportedSchema } from "#infra/json-schema/unsupported-schema.ts"
import { grammarCases } from "#test/support/grammar-cases.ts"

interface TestedGrammar extends LlamaGrammar {
  readonly _testText: (text: string) => boolean
}

const isTested = (grammar: LlamaGrammar): grammar is TestedGrammar => "_testText" in grammar

describe("a schema as a grammar", () => {
  let llama: Llama
  beforeAll(async () => {
    llama = await getLlama({ gpu: false, build: "never", skipDownload: true, progressLogs: false, maxThreads: 1 })
  })
  afterAll(() => llama.dispose())

  const textsOf = async (shape: JsonShape): Promise<(text: string) => boolean> => {
    const writer = new GrammarWriter()
    const grammar = await llama.createGrammar({ grammar: writer.grammar(writer.json(shape)) })
    return isTested(grammar) ? (text) => grammar._testText(text) : expect.unreachable()
  }

  it.each(grammarCases)("%s: lets just what fits be said", async (_, schema, fitting, others) => {
    const shape = readSchema(schema, "schema")
    const fits = await textsOf(shape)
    expect(fitting.filter((text) => !fits(text))).toEqual([])
    expect(others.filter((text) => fits(text))).toEqual([])
    expect(fits(JSON.stringify(minimalValue(shape)))).toBe(true)
  })

  it("is any object where any is asked for, and an empty one where a function takes nothing", async () => {
    const any = await textsOf(ANY_OBJECT)
    expect([`{}`, `{"a": [1, {"b": null}]}`].filter((text) => !any(text))).toEqual([])
    expect([`[]`, `1`, `{a:1}`, `{"a":1,}`].filter((text) => any(text))).toEqual([])
    const none = await textsOf(readParameters(undefined, "tool"))
    expect([none("{}"), none(`{"a":1}`)]).toEqual([true, false])
  })

  it("lets the smallest value of any schema be said", async () => {
    const leaf = fc.oneof(
      fc.record({ type: fc.constantFrom("string", "boolean", "null", "number", "integer") }),
      fc.record({ type: fc.constant("integer"), minimum: fc.integer({ min: -300, max: 5 }), maximum: fc.integer({ min: 5, max: 20_000 }) }),
      fc.record({ enum: fc.array(fc.jsonValue({ maxDepth: 1 }), { minLength: 1, maxLength: 3 }) }),
      fc.record({ type: fc.constant("string"), minLength: fc.nat(3), maxLength: fc.integer({ min: 3, max: 5 }) }),
    )
    const { schema } = fc.letrec<{ schema: Json }>((tie) => ({
      schema: fc.oneof({ maxDepth: 3, withCrossShrink: true }, leaf,
        fc.record({ type: fc.constant("array"), items: tie("schema"), minItems: fc.nat(2) }),
        fc.record({ anyOf: fc.array(tie("schema"), { minLength: 1, maxLength: 3 }) }),
        fc.dictionary(fc.string({ unit: "grapheme" }), tie("schema"), { maxKeys: 4 }).chain((properties) =>
          fc.record({
            type: fc.constant("object"), properties: fc.constant(properties),
            required: fc.subarray(Object.keys(properties)), additionalProperties: fc.oneof(fc.boolean(), leaf),
          })),
      ) as fc.Arbitrary<Json>,
    }))
    await fc.assert(fc.asyncProperty(schema, async (one) => {
      const shape = readSchema(one, "schema")
      const fits = await textsOf(shape)
      expect(fits(JSON.stringify(minimalValue(shape)))).toBe(true)
    }), { numRuns: 200 })
  })

  it("is read in no time however its references multiply", () => {
    const definitions = Object.fromEntries(Array.from({ length: 40 }, (_, n) => {
      const next = { $ref: `#/$defs/d${n + 1}` }
      return [`d${n}`, { type: "object", properties: { a: next, b: next }, required: ["a", "b"] }]
    }))
    const schema = { $defs: { ...definitions, d40: { type: "null" } }, $ref: "#/$defs/d0" }
    const before = performance.now()
    expect(() => readSchema(schema, "schema")).toThrow("schema")
    expect(performance.now() - before).toBeLessThan(1_000)
  })
})

describe("a schema that cannot be enforced", () => {
  const refused: readonly (readonly [Json, string])[] = [
    [{ type: "string", pattern: "x" }, `at: "pattern" cannot be enforced here`],
    [{ type: "array", uniqueItems: true }, `at: "uniqueItems" cannot be enforced here`],
    [{ type: "object", properties: { a: { type: "array", items: { not: {} } } } }, `at.properties.a.items: "not" cannot be enforced here`],
    [{ type: "number", minimum: 0.5 }, `at: "minimum" with a fraction cannot be enforced`],
    [{ type: "integer", multipleOf: 2 }, `at: "multipleOf" cannot be enforced here`],
    [{ type: "integer", minimum: 3, maximum: 2 }, "at: no number lies between its bounds"],
    [{ type: "string", format: "regex" }, `at: "format" other than`],
    [{ type: "string", maxLength: 5_000 }, `at: "maxLength" is over 2000`],
    [{ type: "colour" }, `at: "type" must be one of`],
    [{ enum: [] }, `at: "enum" must be a list of values`],
    [{ type: "string", enum: [1] }, `at: no value of "enum" is of its "type"`],
    [{ $ref: "#/$defs/x" }, `at: "$ref" leads to nothing`],
    [{ $ref: "https://example.org/schema" }, `at: "$ref" leads elsewhere`],
    [{ $defs: { a: { $ref: "#/$defs/b" }, b: { $ref: "#/$defs/a" } }, $ref: "#/$defs/a" }, `at: "$ref" leads back to itself`],
    [{ type: "object", properties: { x: { $ref: "#" } }, required: ["x"] }, "at: no value fits"],
    [{ oneOf: [{ type: "string" }, { type: "string", minLength: 1 }] }, `at: "oneOf" of schemas that may fit at once`],
    [{ anyOf: [{ type: "string" }], allOf: [{ type: "string" }] }, `at: "anyOf" together with "allOf"`],
    [{ type: "object", required: ["a"], additionalProperties: false }, `at: "required" names a property`],
    ["text", "at: must be an object"],
    [false, "at: must be an object"],
  ]
  it.each(refused)("%j is refused by keyword and place", (schema, message) => {
    expect(() => readSchema(schema, "at")).toThrow(message)
  })
})

describe("a schema that would cost too much", () => {
  const many = <T>(count: number, one: (n: number) => T): readonly T[] => Array.from({ length: count }, (_, n) => one(n))
  const object = (properties: Readonly<Record<string, Json>>): Json => ({ type: "object", properties })
  const named = (count: number, one: (n: number) => Json): Json => object(Object.fromEntries(many(count, (n) => [`p${n}`, one(n)])))
  const chain = (count: number, one: (next: Json) => Json): Json => ({
    // The last one first: each is read by itself, and none within another.
    ...Object(named(count, (n) => ({ $ref: `#/$defs/d${count - 1 - n}` }))), required: [`p${count - 1}`],
    $defs: Object.fromEntries(many(count + 1, (n) => [`d${n}`, n === count ? { type: "null" } : one({ $ref: `#/$defs/d${n + 1}` })])),
  })
  const bombs: readonly (readonly [string, Json, string])[] = [
    ["lengths", named(2_400, (n) => ({ type: "string", maxLength: 2_000 - n % 1_999 })), `at.properties.p12: "maxLength" exceeds what limits`],
    ["numbers of items", named(1_000, () => ({ type: "array", maxItems: 2_000 })), `at.properties.p12: "maxItems" exceeds what limits`],
    ["bounds of numbers", named(2_400, (n) => ({ type: "integer", minimum: -3 - n, maximum: 10 ** 15 + n })), `"maximum" exceeds what limits`],
    ["a bound of 300 digits", { type: "integer", maximum: 1e300 }, `at: "maximum" exceeds what limits`],
    ["alternatives", { oneOf: many(2_400, (n) => ({ type: "object", properties: { k: { const: `v${n}` } }, required: ["k"] })) }, `at: "oneOf" of so many`],
    ["large alternatives", { oneOf: many(60, (n) => ({ const: "x".repeat(2_000) + n })) }, `at: "oneOf" of so many or such large`],
    ["a long name", { ...Object(object({ ["a".repeat(3_000)]: { type: "null" } })), additionalProperties: true }, `at: "additionalProperties" beside a name of more than 128`],
    ["long names", named(200, () => object({ ["a".repeat(1_000)]: { type: "null" } })), `"properties" exceeds the characters`],
    ["names to differ from", { ...Object(object(Object.fromEntries(many(200, (n) => [`${"a".repeat(100)}${n}`, { type: "null" }])))), additionalProperties: true }, `at: "properties" exceeds the characters`],
    ["names that are required", { type: "object", required: many(10_000, (n) => `p${n}`) }, `at: "properties" exceeds the characters`],
    ["values", { enum: many(20_000, (n) => n) }, `at: "enum" exceeds the characters`],
    ["a large value", { const: "x".repeat(200_000) }, `at: "const" exceeds the characters`],
    ["items in their places", { type: "array", prefixItems: many(4_000, () => ({ type: "null" })) }, `at: "prefixItems" are more than 256`],
    ["properties", named(5_000, () => ({ type: "string" })), "at: has more than 5000 schemas"],
    ["values within values", chain(1_200, (next) => ({ type: "array", items: next, minItems: 1 })), "at: no value fits that is small enough"],
    ["long texts that must be there", { type: "array", items: { type: "string", minLength: 2_000 }, minItems: 500 }, "at: no value fits that is small enough"],
    ["a pointer that escapes nothing", { $ref: "#/$defs/%" }, `at: "$ref" is no pointer`],
  ]
  it.each(bombs)("is refused for its %s, by keyword and place", (_, schema, message) => {
    expect(() => readSchema(schema, "at")).toThrow(expect.objectContaining({ constructor: UnsupportedSchema, message: expect.stringContaining(message) }))
  })

  it("is counted with the others of its request", () => {
    const budget = new SchemaBudget()
    const schema = named(8, (n) => ({ type: "string", maxLength: 2_000 - n }))
    readSchema(schema, "one", budget)
    expect(() => readSchema(schema, "two", budget)).toThrow(`two.properties.p4: "maxLength"`)
  })

  it("is not one whose texts have all the same limit", () => {
    const shape = readSchema(named(2_400, () => ({ type: "string", maxLength: 2_000 })), "at")
    const writer = new GrammarWriter()
    expect(writer.grammar(writer.json(shape)).match(/char\{0,2000\}/g)).toHaveLength(1)
  })

  it("is not a long chain of references, whose rules are written one after the other", () => {
    const writer = new GrammarWriter()
    const shape = readSchema(chain(1_200, (next) => ({ type: "array", items: next })), "at")
    expect(writer.grammar(writer.json(shape)).match(/^ref/gm)).toHaveLength(1_201)
    expect(minimalValue(readSchema(chain(2_000, (next) => next), "at"))).toEqual({ p1999: null })
  })

  it("has no names of its own: what every object inherits is a name like any other", () => {
    const schema = { ...Object(object({ a: { type: "null" } })), required: ["toString"] }
    expect(() => readSchema({ ...schema, additionalProperties: false }, "at")).toThrow(`at: "required" names a property`)
    expect(minimalValue(readSchema({ ...schema, additionalProperties: true }, "at"))).toEqual({ toString: null })
  })
})
