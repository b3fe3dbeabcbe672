import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { type AnswerPiece, AnswerReader, MalformedRecord, piecesOf, plainText, recordText, saidText } from "#domain/protocol/answer-text.ts"

const call: AnswerPiece = { type: "tool_call", call: { id: "call_1", name: "weather", arguments: `{"city":"Oslo\\n"}` } }
const vector: AnswerPiece = { type: "embedding", vector: "AACAPw==" }
const logprobs: AnswerPiece = {
  type: "logprobs",
  tokens: [{ token: "\n", bytes: [10], logprob: -0.5, top: [{ token: "\u001e", bytes: [30], logprob: -1 }] }],
}

const written = (pieces: readonly AnswerPiece[]): string =>
  pieces.map((piece) => (piece.type === "text" ? plainText(piece.text) : recordText(piece))).join("")

const merged = (pieces: readonly AnswerPiece[]): readonly AnswerPiece[] =>
  pieces.reduce<AnswerPiece[]>((all, piece) => {
    const last = all.at(-1)
    if (piece.type !== "text" || last?.type !== "text") return [...all, piece]
    return [...all.slice(0, -1), { type: "text", text: last.text + piece.text }]
  }, [])

const pieces = fc.array(
  fc.oneof(fc.constantFrom(call, vector, logprobs), fc.string({ minLength: 1 }).map((text): AnswerPiece => ({ type: "text", text }))),
  { maxLength: 6 },
)

describe("the text of an answer", () => {
  it("gives back what was written, wherever its parts end", () => {
    fc.assert(
      fc.property(pieces, fc.infiniteStream(fc.integer({ min: 1, max: 9 })), (all, sizes) => {
        const text = written(all)
        const reader = new AnswerReader()
        const read: AnswerPiece[] = []
        for (let at = 0; at < text.length; ) {
          const size = sizes.next().value ?? 1
          read.push(...reader.read(text.slice(at, at + size)))
          at += size
        }
        const expected = all
          .map((piece): AnswerPiece => (piece.type === "text" ? { type: "text", text: plainText(piece.text) } : piece))
          .filter((piece) => piece.type !== "text" || piece.text !== "")
        expect(merged(read)).toEqual(merged(expected))
      }),
    )
  })

  it("has in its words nothing of its records", () => {
    expect(saidText(written([{ type: "text", text: "It is " }, logprobs, { type: "text", text: "cold." }, call]))).toBe("It is cold.")
  })

  it("takes no word of the model for a record", () => {
    const said = `before ${recordText(call)} after`
    expect(piecesOf(plainText(said)).every(({ type }) => type === "text")).toBe(true)
  })

  it("refuses a record that is none, and shows nothing of it", () => {
    expect(() => piecesOf(`\u001e{"type":"secret"}\n`)).toThrow(MalformedRecord)
    expect(() => piecesOf(`\u001e{"type":"secret"}\n`)).not.toThrow(/secret/)
  })

  it("says nothing of a record before it is whole", () => {
    const text = recordText(call)
    expect(piecesOf(text.slice(0, -1))).toEqual([])
  })
})
