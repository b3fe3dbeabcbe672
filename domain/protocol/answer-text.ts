import { Result, Schema } from "effect"
import { ToolCall } from "./inference-request.ts"

/**
 * An answer is one text from the node to the client, whatever it holds: what the model said, and between it records as RFC 7464
 * frames them (record separator, JSON, line feed). So a tool call or a vector is hashed, kept, fetched again and continued like any
 * other part of an answer. What the model itself says never holds a record separator: the node leaves it out.
 */
export const RECORD_SEPARATOR = "\u001e"

/** Most of an answer, its records among it, in UTF-8: stores keep an answer in one piece. */
export const MAX_ANSWER_BYTES = 14 * 1024 * 1024
/**
 * Most of what is never parted: a record, or all calls of an answer together. It travels in one message, whose JSON is six times longer
 * at worst; brokers take 1 MB.
 */
export const MAX_PIECE_CHARACTERS = 128 * 1024

const END = "\n"

export const TokenLogprob = Schema.Struct({
  token: Schema.String,
  /** UTF-8 of the token, which need not be whole characters. */
  bytes: Schema.Array(Schema.Int),
  logprob: Schema.Number,
})
export type TokenLogprob = typeof TokenLogprob.Type

/** One token of the text that follows the record, with its likeliest alternatives. */
export const TokenChoice = Schema.Struct({ ...TokenLogprob.fields, top: Schema.Array(TokenLogprob) })
export type TokenChoice = typeof TokenChoice.Type

export const AnswerRecord = Schema.Union([
  Schema.Struct({ type: Schema.Literal("tool_call"), call: ToolCall }),
  /** Of the tokens whose text comes next. */
  Schema.Struct({ type: Schema.Literal("logprobs"), tokens: Schema.Array(TokenChoice) }),
  /** Of the next input, in their order: little-endian float32, base64. */
  Schema.Struct({ type: Schema.Literal("embedding"), vector: Schema.String }),
])
export type AnswerRecord = typeof AnswerRecord.Type

export type AnswerPiece = { readonly type: "text"; readonly text: string } | AnswerRecord

/** A record as it stands in an answer's text. */
export const recordText = (record: AnswerRecord): string => `${RECORD_SEPARATOR}${JSON.stringify(record)}${END}`

/** What the model said, with nothing in it that could be taken for a record. */
export const plainText = (said: string): string => (said.includes(RECORD_SEPARATOR) ? said.replaceAll(RECORD_SEPARATOR, "") : said)

const decodeRecord = Schema.decodeUnknownResult(Schema.fromJsonString(AnswerRecord))

/** A record of an answer that is none: its node is broken or lies. */
export class MalformedRecord extends Error {}

/** Reads an answer as it comes, in parts that may end anywhere. Text is handed on at once, a record when it is whole. */
export class AnswerReader {
  #record: string | null = null

  /** Throws `MalformedRecord`. */
  read(part: string): readonly AnswerPiece[] {
    if (this.#record === null && !part.includes(RECORD_SEPARATOR)) return part === "" ? [] : [{ type: "text", text: part }]
    const pieces: AnswerPiece[] = []
    let rest = part
    while (rest !== "") {
      const end = rest.indexOf(this.#record === null ? RECORD_SEPARATOR : END)
      const taken = end === -1 ? rest : rest.slice(0, end)
      rest = end === -1 ? "" : rest.slice(end + 1)
      if (this.#record === null) {
        if (taken !== "") pieces.push({ type: "text", text: taken })
        if (end !== -1) this.#record = ""
        continue
      }
      this.#record += taken
      if (end === -1) break
      pieces.push(recordOf(this.#record))
      this.#record = null
    }
    return pieces
  }
}

const recordOf = (json: string): AnswerRecord => {
  const decoded = decodeRecord(json)
  if (Result.isFailure(decoded)) throw new MalformedRecord("an answer holds a record that is none")
  return decoded.success
}

/** A whole answer, or the part of it that is there, in its pieces. Throws `MalformedRecord`. */
export const piecesOf = (answer: string): readonly AnswerPiece[] => new AnswerReader().read(answer)

/** The words of an answer without its records. Throws `MalformedRecord`. */
export const saidText = (answer: string): string =>
  piecesOf(answer).map((piece) => (piece.type === "text" ? piece.text : "")).join("")
