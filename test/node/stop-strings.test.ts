import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { type Piece, StopStrings } from "#node/jobs/stop-strings.ts"

const run = (stops: readonly string[], pieces: readonly Piece[]) => {
  const released: Piece[] = []
  const watch = new StopStrings(stops, (text, tokens) => void released.push({ text, tokens }))
  const found = pieces.some(({ text, tokens }) => watch.take(text, tokens))
  watch.finish()
  const text = released.map((piece) => piece.text).join("")
  return { found, text, tokens: released.reduce((sum, piece) => sum + piece.tokens, 0), released }
}

const words = (...texts: readonly string[]): readonly Piece[] => texts.map((text) => ({ text, tokens: 1 }))

/** What should come out, read off the whole text: the slow and obvious way. */
const expected = (stops: readonly string[], pieces: readonly Piece[]) => {
  let text = ""
  for (const piece of pieces) {
    text += piece.text
    const starts = stops.map((stop) => text.indexOf(stop)).filter((start) => start >= 0)
    if (starts.length > 0) return { found: true, text: text.slice(0, Math.min(...starts)) }
  }
  return { found: false, text }
}

describe("stop strings", () => {
  it("end the text right before the first of them, wherever the pieces are cut", () => {
    expect(run(["STOP"], words("one S", "TO", "P two"))).toMatchObject({ found: true, text: "one " })
    expect(run(["two", "e t"], words("one", " two"))).toMatchObject({ found: true, text: "on" })
  })

  it("hold back what may become one, and let it go when it does not", () => {
    const { released } = run(["abc"], words("ab", "d", "ab"))
    expect(released.map(({ text }) => text)).toEqual(["abd", "ab"])
  })

  it("let everything through at once when there are none", () => {
    expect(run([], words("a", "b")).released).toEqual(words("a", "b"))
    expect(run([""], words("a", "b")).released).toEqual(words("a", "b"))
  })

  it("count a token only if some of its text is let go", () => {
    expect(run(["!"], words("a", "b!c", "d"))).toMatchObject({ text: "ab", tokens: 2 })
    expect(run(["b!"], words("a", "b", "!"))).toMatchObject({ text: "a", tokens: 1 })
  })

  it("count tokens that have no text of their own", () => {
    const pieces = [{ text: "a", tokens: 1 }, { text: "", tokens: 2 }, { text: "b!", tokens: 1 }]
    expect(run(["x"], pieces)).toMatchObject({ text: "ab!", tokens: 4 })
    expect(run(["!"], pieces)).toMatchObject({ text: "ab", tokens: 4 })
  })

  it("give the same text for every cutting, and the tokens of all pieces that begin before its end", () => {
    const piece = fc.record({ text: fc.string({ unit: fc.constantFrom("a", "b", "c"), minLength: 1, maxLength: 3 }), tokens: fc.integer({ min: 1, max: 2 }) })
    const stop = fc.string({ unit: fc.constantFrom("a", "b", "c"), minLength: 1, maxLength: 4 })
    fc.assert(
      fc.property(fc.array(stop, { maxLength: 3 }), fc.array(piece, { maxLength: 12 }), (stops, pieces) => {
        const { found, text, tokens } = run(stops, pieces)
        expect({ found, text }).toEqual(expected(stops, pieces))
        let start = 0
        let before = 0
        for (const { text: part, tokens: of } of pieces) {
          if (start < text.length) before += of
          start += part.length
        }
        expect(tokens).toBe(before)
      }),
      { numRuns: 5_000 },
    )
  })
})
