import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { ineligible } from "#domain/policies/eligibility.ts"
import { chooseNode, type NodePresenceView, score } from "#domain/policies/node-choice.ts"
import { affordableOutput, holdFor, priceOf, type Quote } from "#domain/policies/pricing.ts"
import { jobPoints } from "#domain/policies/rcp-rules.ts"

const rates = fc.constantFrom(0n, 1n, 500_000n, 999_999n, 1_500_000n)
const quotes: fc.Arbitrary<Quote> = fc.record({
  policyHash: fc.constant("policy"),
  model: fc.constant("tiny"),
  promptTokens: fc.nat(5),
  maxOutputTokens: fc.integer({ min: 1, max: 8 }),
  inputRate: rates,
  outputRate: rates,
  operatorSharePercent: fc.constant(50),
  pricePercent: fc.constantFrom(1, 50, 99, 100),
})

describe("a price", () => {
  const quote: Quote = {
    policyHash: "policy", model: "tiny", promptTokens: 10, maxOutputTokens: 100, inputRate: 500_000n, outputRate: 1_500_000n,
    operatorSharePercent: 50,
  }

  it("is prompt and output at their rates per million tokens", () => {
    expect(priceOf(quote, 100)).toBe(155n)
  })

  it("is rounded up to the micro-credit, once, over the sum", () => {
    expect(priceOf({ ...quote, promptTokens: 1 }, 0)).toBe(1n)
    expect(priceOf({ ...quote, promptTokens: 1 }, 1)).toBe(2n)
    expect(priceOf({ ...quote, promptTokens: 0, outputRate: 1n }, 1)).toBe(1n)
  })

  it("of a batch's line is half, rounded up once: two of them cost the whole, or a micro-credit more", () => {
    expect(priceOf({ ...quote, pricePercent: 50 }, 100)).toBe(78n)
    let odd = 0
    fc.assert(
      fc.property(quotes, fc.nat(8), (any, tokens) => {
        const { pricePercent: _, ...whole } = any
        const twice = 2n * priceOf({ ...whole, pricePercent: 50 }, tokens)
        const full = priceOf(whole, tokens)
        expect([full, full + 1n]).toContain(twice)
        if (twice > full) odd += 1
      }),
      { numRuns: 2_000 },
    )
    expect(odd).toBeGreaterThan(100)
  })

  it("grows with every token and never passes the hold", () => {
    fc.assert(
      fc.property(quotes, fc.nat(8), (any, tokens) => {
        expect(priceOf(any, tokens + 1)).toBeGreaterThanOrEqual(priceOf(any, tokens))
        if (tokens <= any.maxOutputTokens) expect(priceOf(any, tokens)).toBeLessThanOrEqual(holdFor(any))
      }),
    )
  })

  it("affordable output is the most tokens, up to the limit, whose price the credits cover", () => {
    fc.assert(
      fc.property(quotes, fc.bigInt({ min: 0n, max: 20n }), (any, credits) => {
        const payable = Array.from({ length: any.maxOutputTokens + 1 }, (_, n) => n).filter((n) => priceOf(any, n) <= credits)
        expect(affordableOutput(any, credits)).toBe(payable.at(-1) ?? -1)
      }),
      { numRuns: 2_000 },
    )
  })
})

describe("points for a job", () => {
  const rules = { milliRcpPer1000OutputTokens: 1_000, milliRcpPer1000PromptTokens: 100, environmentPercent: 100 }

  it("are one RCP per 1 000 output tokens and a tenth per 1 000 prompt tokens", () => {
    expect(jobPoints(rules, { outputTokens: 1_000, promptTokens: 0, qualityPercent: 100 })).toBe(1_000n)
    expect(jobPoints(rules, { outputTokens: 0, promptTokens: 1_000, qualityPercent: 100 })).toBe(100n)
  })

  it("are weighed by quality and environment, and rounded down once", () => {
    expect(jobPoints({ ...rules, environmentPercent: 50 }, { outputTokens: 1_000, promptTokens: 0, qualityPercent: 50 })).toBe(250n)
    expect(jobPoints(rules, { outputTokens: 0, promptTokens: 19, qualityPercent: 100 })).toBe(1n)
  })
})

const presence: NodePresenceView = {
  nodeId: "0xa", sessionId: "s1", environment: "testnet", models: [{ name: "tiny", contextLength: 512 }], slots: 2, busy: 0, lastSeenAt: 1_000,
  tokensPerSecond: 100,
}

describe("a node may be given a job", () => {
  const needs = { environment: "testnet", model: "tiny", contextTokens: 512, outputTokens: 501, goneSessions: ["s2"] }
  const check = (changes: Partial<NodePresenceView>, at = 1_000) => ineligible({ ...presence, ...changes }, needs, at, 30)

  it("when all that the job needs is there", () => {
    expect(check({})).toBeNull()
  })

  it("not from another environment", () => {
    expect(check({ environment: "mainnet" })).toBe("wrong_environment")
  })

  it("not after it was silent for longer than allowed", () => {
    expect(check({}, 1_030)).toBeNull()
    expect(check({}, 1_031)).toBe("silent")
  })

  it("not without the model, or with too short a context", () => {
    expect(check({ models: [] })).toBe("model_missing")
    expect(check({ models: [{ name: "tiny", contextLength: 511 }] })).toBe("context_too_short")
  })

  it("not in a session that had this job and ended", () => {
    expect(check({ sessionId: "s2" })).toBe("session_gone")
  })

  it("not when all its slots are taken", () => {
    expect(check({ busy: 1 })).toBeNull()
    expect(check({ busy: 2 })).toBe("no_free_slot")
  })

  it("to have it at hand when a slot is free, where the longest answer takes five seconds at most", () => {
    const short = { ...needs, outputTokens: 500 }
    expect(ineligible({ ...presence, busy: 2 }, short, 1_000, 30)).toBeNull()
    expect(ineligible({ ...presence, busy: 3 }, short, 1_000, 30)).toBeNull()
    expect(ineligible({ ...presence, busy: 4 }, short, 1_000, 30)).toBe("no_free_slot")
  })
})

describe("the choice of a node", () => {
  const slow = { ...presence, nodeId: "0xb", tokensPerSecond: 10 }
  const fast = { ...presence, nodeId: "0xc", tokensPerSecond: 100 }

  it("is the better of two", () => {
    expect(chooseNode([slow, fast], [0, 0])).toBe(fast)
    expect(chooseNode([slow, fast], [0.9, 0.9])).toBe(fast)
  })

  it("is the only one there is, or nobody", () => {
    expect(chooseNode([slow], [0.5, 0.5])).toBe(slow)
    expect(chooseNode([], [0.5, 0.5])).toBeNull()
  })

  it("counts what a node already runs: a fast one with much to do is slower", () => {
    expect(score({ ...fast, busy: 9 })).toBe(score(slow))
  })

  it("looks at two different nodes, whatever the dice say", () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (a, b) => {
        expect(chooseNode([slow, fast], [a, b])).toBe(fast)
      }),
    )
  })
})
