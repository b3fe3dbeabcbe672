import { Schema } from "effect"
import { FinishReason } from "#domain/job/index.ts"
import type { AnswerPiece, TokenChoice } from "#domain/protocol/answer-text.ts"
import type { ToolCall } from "#domain/protocol/inference-request.ts"
import type { ReplyHead } from "../conversation/answer-writer.ts"
import { choiceStream } from "../conversation/choice-stream.ts"
import { type EventFormat, PING } from "../conversation/event-stream.ts"
import { Usage } from "../conversation/usage.ts"
import { CHAT_PIECES, ChatLogprobs, toChatLogprobs } from "./chat-completion.ts"

const OBJECT = "chat.completion.chunk"

/** The first of a call has its identity and no arguments, the next ones arguments only. */
const ToolCallDelta = Schema.Struct({
  index: Schema.Int,
  id: Schema.optionalKey(Schema.String),
  type: Schema.optionalKey(Schema.Literal("function")),
  function: Schema.Struct({ name: Schema.optionalKey(Schema.String), arguments: Schema.String }),
})

const Delta = Schema.Struct({
  role: Schema.optionalKey(Schema.Literal("assistant")),
  content: Schema.optionalKey(Schema.String),
  tool_calls: Schema.optionalKey(Schema.mutable(Schema.Array(ToolCallDelta))),
})

/** One event of a stream. `choices` is empty in the usage chunk only; `usage` is there only with `include_usage`. */
export const ChatCompletionChunk = Schema.Struct({
  id: Schema.String,
  object: Schema.Literal(OBJECT),
  created: Schema.Int,
  model: Schema.String,
  choices: Schema.mutable(
    Schema.Array(
      Schema.Struct({
        index: Schema.Int,
        /** Where several models answer. */
        model: Schema.optionalKey(Schema.String),
        delta: Delta,
        logprobs: Schema.NullOr(ChatLogprobs),
        finish_reason: Schema.NullOr(FinishReason),
      }),
    ),
  ),
  usage: Schema.optionalKey(Schema.NullOr(Usage)),
}).annotate({ identifier: "ChatCompletionChunk" })
export type ChatCompletionChunk = typeof ChatCompletionChunk.Type

export const chatStream = (head: ReplyHead, { includeUsage }: { readonly includeUsage: boolean }): EventFormat =>
  choiceStream({
    head, includeUsage, object: OBJECT, takes: CHAT_PIECES,
    eventsOf: (_, { start, end }) => new ChatEvents(`${start},"delta":`, end),
    // Whose words a race brings is not known before it is decided.
    opening: (events) => (head.isRace ? PING : events(0).role()),
  })

/** The chunks of one choice. */
class ChatEvents {
  readonly #start: string
  readonly #end: string
  readonly #open: string
  #begun = false
  #calls = 0
  /** Of the text that comes next. */
  #tokens: TokenChoice[] = []

  constructor(start: string, end: string) {
    this.#start = start
    this.#end = end
    this.#open = `,"logprobs":null,"finish_reason":null}${end}`
  }

  /** The first chunk, once. */
  role(): string {
    if (this.#begun) return ""
    this.#begun = true
    return `${this.#start}{"role":"assistant","content":""}${this.#open}`
  }

  piece(piece: AnswerPiece): string {
    switch (piece.type) {
      case "text":
        return this.role() + this.#text(piece.text)
      case "tool_call":
        return this.role() + this.#call(piece.call)
      case "logprobs":
        this.#tokens.push(...piece.tokens)
        return this.role()
      case "embedding":
        throw new Error("a chat has no vectors")
    }
  }

  finish(reason: FinishReason): string {
    const rest = this.#tokens.length > 0 ? this.#text("") : ""
    return `${this.role()}${rest}${this.#start}{},"logprobs":null,"finish_reason":"${reason}"}${this.#end}`
  }

  #text(text: string): string {
    const delta = `${this.#start}{"content":${JSON.stringify(text)}}`
    if (this.#tokens.length === 0) return delta + this.#open
    const logprobs = JSON.stringify(toChatLogprobs(this.#tokens))
    this.#tokens = []
    return `${delta},"logprobs":${logprobs},"finish_reason":null}${this.#end}`
  }

  #call({ id, name, arguments: args }: ToolCall): string {
    const index = this.#calls
    this.#calls += 1
    const identity = { index, id, type: "function", function: { name, arguments: "" } }
    return this.#toolDelta(identity) + this.#toolDelta({ index, function: { arguments: args } })
  }

  #toolDelta(call: object): string {
    return `${this.#start}{"tool_calls":[${JSON.stringify(call)}]}${this.#open}`
  }
}
