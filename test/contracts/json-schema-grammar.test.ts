import fc from "fast-check"
import { getLlama, type Llama, type LlamaGrammar } from "node-llama-cpp"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { GrammarWriter } from "#infra/json-schema/grammar-writer.ts"
import { minimalValue } from "#infra/json-schema/minimal-value.ts"
import { readParameters, readSchema } from "#infra/json-schema/read-schema.ts"
import { ANY_OBJECT, type Json, type JsonShape } from "#infra/json-schema/shape.ts"
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
