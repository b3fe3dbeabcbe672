import canonicalize from "canonicalize"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { canonicalJson, type Json } from "#domain/protocol/canonical-json.ts"

describe("canonical JSON (RFC 8785)", () => {
  it("is what the reference implementation writes, for any JSON", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
        expect(canonicalJson(value as Json)).toBe(canonicalize(value))
      }),
      { numRuns: 2_000 },
    )
  })

  it("sorts keys by UTF-16 code units, and writes numbers as ECMAScript does", () => {
    const value = { "\u{1f600}": 1, "\ufb33": 2, "€": 3, "\r": 4, "1": 5, ö: [1e21, 1e-7, -0, 0.1, 333333333.3333333] }
    expect(canonicalJson(value)).toBe(canonicalize(value))
  })

  it.each([[Number.NaN], [Number.POSITIVE_INFINITY], ["\ud800"], [{ "\udc00": 1 }]])("refuses what JSON cannot carry: %j", (value) => {
    expect(() => canonicalJson(value)).toThrow(TypeError)
  })
})
