import { Schema } from "effect"
import { FinishReason } from "#domain/job/index.ts"
import type { ErrorBody } from "../../http/api-error.ts"
import { type AnswerHead, Usage } from "./chat-completion.ts"

const Delta = Schema.Struct({
  role: Schema.optionalKey(Schema.Literal("assistant")),
  content: Schema.optionalKey(Schema.String),
})

/** One event of a stream. `choices` is empty in the usage chunk only; `usage` is there only with `include_usage`. */
export const ChatCompletionChunk = Schema.Struct({
  id: Schema.String,
  object: Schema.Literal("chat.completion.chunk"),
  created: Schema.Int,
  model: Schema.String,
  choices: Schema.mutable(
    Schema.Array(
      Schema.Struct({
        index: Schema.Int,
        delta: Delta,
        logprobs: Schema.Null,
        finish_reason: Schema.NullOr(FinishReason),
      }),
    ),
  ),
  usage: Schema.optionalKey(Schema.NullOr(Usage)),
}).annotate({ identifier: "ChatCompletionChunk" })
export type ChatCompletionChunk = typeof ChatCompletionChunk.Type

/** Followed by a single line end: the comment form that no known client chokes on. */
export const PING = ": ping\n"
export const DONE = "data: [DONE]\n\n"

export const errorEvent = (body: ErrorBody): string => `data: ${JSON.stringify(body)}\n\n`

export interface ChunkStrings {
  /** The first chunk, once. */
  readonly role: () => string
  readonly text: (text: string) => string
  /** The last chunk of the choice, the usage chunk where asked for, and the end mark. */
  readonly finish: (reason: FinishReason, usage: Usage) => string
}

/** Writes a stream's events. What does not change within a stream is put together once: this runs for every token. */
export const chunkStrings = (head: AnswerHead, includeUsage: boolean): ChunkStrings => {
  const { id, created, model } = head
  const fields = JSON.stringify({ id, object: "chat.completion.chunk", created, model }).slice(0, -1)
  const start = `data: ${fields},"choices":[`
  const choice = `${start}{"index":0,"delta":`
  const end = includeUsage ? `],"usage":null}\n\n` : "]}\n\n"
  const open = `,"logprobs":null,"finish_reason":null}${end}`
  return {
    role: () => `${choice}{"role":"assistant","content":""}${open}`,
    text: (text) => `${choice}{"content":${JSON.stringify(text)}}${open}`,
    finish: (reason, usage) => {
      const last = `${choice}{},"logprobs":null,"finish_reason":"${reason}"}${end}`
      return includeUsage ? `${last}${start}],"usage":${JSON.stringify(usage)}}\n\n${DONE}` : `${last}${DONE}`
    },
  }
}
