import fc from "fast-check"
import type { Token } from "node-llama-cpp"
import { describe, expect, it } from "vitest"
import { MAX_ANSWER_BYTES, piecesOf, RECORD_SEPARATOR } from "#domain/protocol/answer-text.ts"
import { ChosenTokens } from "#infra/llama/chosen-tokens.ts"
import { SpokenAnswer } from "#infra/llama/spoken-answer.ts"

/** What the model says at once: tokens that together are whole characters, as bytes. */
interface Chunk {
  readonly tokens: readonly (readonly number[])[]
}

const characters = fc.constantFrom("a", "b", "ab", " ", "é", "🙂", "e\u0301", RECORD_SEPARATOR, "\n", "漢")
/** Bytes of a text, cut into tokens anywhere, and the tokens into chunks where characters end. */
const chunk: fc.Arbitrary<Chunk> = fc
  .tuple(fc.array(characters, { minLength: 1, maxLength: 4 }), fc.array(fc.boolean(), { minLength: 24, maxLength: 24 }))
  .map(([parts, cuts]) => {
    const tokens: number[][] = [[]]
    for (const [index, byte] of [...Buffer.from(parts.join(""))].entries()) {
      if (cuts[index] === true && (tokens.at(-1) ?? []).length > 0) tokens.push([])
      tokens.at(-1)?.push(byte)
    }
    return { tokens }
  })
const answer = fc.record({
  chunks: fc.array(chunk, { minLength: 1, maxLength: 12 }),
  // One: of several that overlap, the first to be complete counts, and that depends on what comes at once.
  stops: fc.array(fc.array(characters, { minLength: 1, maxLength: 3 }).map((parts) => parts.join("")), { maxLength: 1 }),
})

/** Says all of it, as the engine does; every token is another one. */
const say = ({ chunks, stops }: { readonly chunks: readonly Chunk[]; readonly stops: readonly string[] }, top: number | null) => {
  const bytes: (readonly number[])[] = []
  const vocabulary = { bytes: (token: Token) => Uint8Array.from(bytes[token] ?? []), name: (token: Token) => Buffer.from(bytes[token] ?? []).toString("utf8") }
  const chosen = top === null ? null : new ChosenTokens(vocabulary, { top, temperature: 1 })
  const pieces: { readonly text: string; readonly tokens: number }[] = []
  const spoken = new SpokenAnswer({ stops, chosen, delivered: 0 }, (text, tokens) => pieces.push({ text, tokens }))
  let stopped = false
  for (const { tokens } of chunks) {
    if (stopped) break
    const ids = tokens.map((token) => (bytes.push(token) - 1) as Token)
    for (const id of ids) chosen?.hear(id, new Map([[id, 0.5], [0 as Token, 0.25]]))
    stopped = spoken.hear(Buffer.from(tokens.flat()).toString("utf8"), ids)
  }
  if (!stopped) spoken.finish()
  return { pieces, stopped, completionTokens: spoken.completionTokens, text: pieces.map(({ text }) => text).join("") }
}

describe("log probabilities of an answer that may be cut by a stop string", () => {
  it("change nothing of what is said and billed, and have just the bytes of the text that follows them", () => {
    fc.assert(fc.property(answer, (one) => {
      const [plain, rich] = [say(one, null), say(one, 2)]
      const said = piecesOf(rich.text).map((piece) => (piece.type === "text" ? piece.text : "")).join("")
      expect(said).toBe(plain.text)
      expect(rich.stopped).toBe(plain.stopped)
      // Of tokens that come at once, the last ones before a stop string are told apart only where each is looked at.
      if (rich.stopped) expect(rich.completionTokens).toBeLessThanOrEqual(plain.completionTokens)
      else expect(rich.completionTokens).toBe(plain.completionTokens)
      expect(plain.text).not.toContain(RECORD_SEPARATOR)
      for (const { text, tokens } of rich.pieces) {
        const [record, spoken] = piecesOf(text)
        if (record === undefined) continue
        expect(record.type).toBe("logprobs")
        const bytes = record.type === "logprobs" ? record.tokens.flatMap((token) => token.bytes) : []
        expect(Buffer.from(bytes).toString("utf8")).toBe(spoken?.type === "text" ? spoken.text : "")
        expect(tokens).toBeGreaterThanOrEqual(0)
      }
    }), { numRuns: 2_000 })
  })

  it("end an answer that would become too large to be kept", () => {
    const spoken = new SpokenAnswer({ stops: [], chosen: null, delivered: MAX_ANSWER_BYTES - 1_048_576 - 10 }, () => {})
    spoken.hear("0123456789", [])
    expect(spoken.isFull).toBe(false)
    spoken.hear("0", [])
    expect(spoken.isFull).toBe(true)
  })
})

describe("the log probability of a token", () => {
  const token = (id: number) => id as Token
  const heardAt = (temperature: number, probabilities: readonly number[], chosen: number) => {
    const tokens = new ChosenTokens({ bytes: () => Uint8Array.of(97), name: () => "a" }, { top: 2, temperature })
    tokens.hear(token(chosen), new Map(probabilities.map((probability, id) => [token(id), probability])))
    return tokens.take([token(chosen)])[0]
  }
  it("is the model's own, whatever the temperature made of it", () => {
    const own = [0.7, 0.2, 0.1]
    for (const temperature of [0.5, 1, 2]) {
      const raised = own.map((probability) => probability ** (1 / temperature))
      const sum = raised.reduce((all, one) => all + one, 0)
      const heard = heardAt(temperature, raised.map((one) => one / sum), 1)
      expect(heard?.logprob).toBeCloseTo(Math.log(0.2), 6)
      expect(heard?.top.map(({ logprob }) => logprob)).toEqual([expect.closeTo(Math.log(0.7), 6), expect.closeTo(Math.log(0.2), 6)])
    }
  })

  it("is a number even where the probability is none", () => {
    expect(heardAt(0, [1, 0], 1)?.logprob).toBe(-9999)
    expect(heardAt(0.7, [1, 0], 1)?.logprob).toBe(-9999)
  })
})
