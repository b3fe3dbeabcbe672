import { Schema } from "effect"
import { FinishReason } from "#domain/job/index.ts"
import type { TokenChoice } from "#domain/protocol/answer-text.ts"
import type { ToolCall } from "#domain/protocol/inference-request.ts"
import { modelOf, ownModel, type ReplyHead } from "../conversation/answer-writer.ts"
import { toUsage, Usage } from "../conversation/usage.ts"
import type { WholeAnswer, WholeFormat } from "../conversation/whole-reply.ts"

const logprobFields = { token: Schema.String, bytes: Schema.mutable(Schema.Array(Schema.Int)), logprob: Schema.Number }

export const ChatLogprobs = Schema.Struct({
  content: Schema.mutable(
    Schema.Array(
      Schema.Struct({ ...logprobFields, top_logprobs: Schema.mutable(Schema.Array(Schema.Struct(logprobFields))) }),
    ),
  ),
  refusal: Schema.Null,
}).annotate({ identifier: "ChatLogprobs" })
export type ChatLogprobs = typeof ChatLogprobs.Type

const ChatToolCall = Schema.Struct({
  id: Schema.String,
  type: Schema.Literal("function"),
  function: Schema.Struct({ name: Schema.String, arguments: Schema.String }),
})

const ChatAnswerMessage = Schema.Struct({
  role: Schema.Literal("assistant"),
  /** Null where the model only calls tools. */
  content: Schema.NullOr(Schema.String),
  refusal: Schema.Null,
  tool_calls: Schema.optionalKey(Schema.mutable(Schema.Array(ChatToolCall))),
})

const ChatChoice = Schema.Struct({
  index: Schema.Int,
  /** Where several models answer. */
  model: Schema.optionalKey(Schema.String),
  message: ChatAnswerMessage,
  logprobs: Schema.NullOr(ChatLogprobs),
  finish_reason: FinishReason,
})
type ChatChoice = typeof ChatChoice.Type

export const ChatCompletion = Schema.Struct({
  id: Schema.String,
  object: Schema.Literal("chat.completion"),
  created: Schema.Int,
  model: Schema.String,
  choices: Schema.mutable(Schema.Array(ChatChoice)),
  usage: Usage,
}).annotate({ identifier: "ChatCompletion" })
export type ChatCompletion = typeof ChatCompletion.Type

/** Kinds of pieces that a chat's answer is made of. */
export const CHAT_PIECES = new Set(["text", "tool_call", "logprobs"] as const)

export const wholeChat = (head: ReplyHead, { logprobs }: { readonly logprobs: boolean }): WholeFormat => ({
  takes: CHAT_PIECES,
  body: (answers, usage): ChatCompletion => ({
    id: head.id,
    object: "chat.completion",
    created: head.created,
    model: modelOf(head, answers[0]?.answer),
    choices: answers.map((answer) => wholeChoice(answer, head, logprobs)),
    usage: toUsage(usage),
  }),
})

const wholeChoice = ({ answer, text, toolCalls, tokens, finishReason }: WholeAnswer, head: ReplyHead, logprobs: boolean): ChatChoice => ({
  index: head.isRace ? 0 : answer,
  ...ownModel(head, answer),
  message: {
    role: "assistant",
    content: text === "" && toolCalls.length > 0 ? null : text,
    refusal: null,
    ...(toolCalls.length > 0 && { tool_calls: toolCalls.map(toChatToolCall) }),
  },
  logprobs: logprobs ? toChatLogprobs(tokens) : null,
  finish_reason: finishReason,
})

const toChatToolCall = ({ id, name, arguments: args }: ToolCall) => ({ id, type: "function" as const, function: { name, arguments: args } })

export const toChatLogprobs = (tokens: readonly TokenChoice[]): ChatLogprobs => ({
  content: tokens.map(({ token, bytes, logprob, top }) => ({
    token, bytes: [...bytes], logprob,
    top_logprobs: top.map((other) => ({ token: other.token, bytes: [...other.bytes], logprob: other.logprob })),
  })),
  refusal: null,
})
