import type { FinishReason } from "#domain/job/index.ts"
import type { AnswerPiece, TokenChoice } from "#domain/protocol/answer-text.ts"
import type { ReplyHead } from "../conversation/answer-writer.ts"
import { choiceStream } from "../conversation/choice-stream.ts"
import { type EventFormat, PING } from "../conversation/event-stream.ts"
import { LegacyLogprobsWriter } from "./legacy-logprobs.ts"
import { TEXT_PIECES, textFinish, type TextOptions } from "./text-completion.ts"

const OBJECT = "text_completion"

export const textStream = (head: ReplyHead, { includeUsage, echo }: TextOptions): EventFormat =>
  choiceStream({
    head, includeUsage, object: OBJECT, takes: TEXT_PIECES,
    eventsOf: (answer, { start, end }) => new TextEvents({ start: `${start},"text":`, end, echo: echo(answer) }),
    opening: () => PING,
  })

/** The chunks of one choice. */
class TextEvents {
  readonly #start: string
  readonly #end: string
  readonly #logprobs = new LegacyLogprobsWriter()
  /** Not said yet. */
  #echo: string
  /** Of the text that comes next. */
  #tokens: TokenChoice[] = []

  constructor({ start, end, echo }: { readonly start: string; readonly end: string; readonly echo: string }) {
    this.#start = start
    this.#end = end
    this.#echo = echo
  }

  piece(piece: AnswerPiece): string {
    if (piece.type === "text") return this.#text(piece.text)
    if (piece.type !== "logprobs") throw new Error(`a text has no ${piece.type}`)
    this.#tokens.push(...piece.tokens)
    return ""
  }

  finish(reason: FinishReason): string {
    const rest = this.#tokens.length > 0 || this.#echo !== "" ? this.#text("") : ""
    return `${rest}${this.#start}"","logprobs":null,"finish_reason":"${textFinish(reason)}"}${this.#end}`
  }

  #text(said: string): string {
    const text = JSON.stringify(this.#echo + said)
    const logprobs = this.#tokens.length > 0 ? JSON.stringify(this.#logprobs.write(this.#tokens)) : "null"
    this.#echo = ""
    this.#tokens = []
    return `${this.#start}${text},"logprobs":${logprobs},"finish_reason":null}${this.#end}`
  }
}
