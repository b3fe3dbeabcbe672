import { Schema } from "effect"
import type { FinishReason } from "#domain/job/index.ts"
import { modelOf, ownModel, type ReplyHead } from "../conversation/answer-writer.ts"
import { toUsage, Usage } from "../conversation/usage.ts"
import type { WholeFormat } from "../conversation/whole-reply.ts"
import { LegacyLogprobs, LegacyLogprobsWriter } from "./legacy-logprobs.ts"

const TextFinish = Schema.Literals(["stop", "length"])

/** A text has no calls that it could end with. */
export const textFinish = (reason: FinishReason): typeof TextFinish.Type => (reason === "length" ? "length" : "stop")

const choiceFields = {
  index: Schema.Int,
  /** Where several models answer. */
  model: Schema.optionalKey(Schema.String),
  text: Schema.String,
  logprobs: Schema.NullOr(LegacyLogprobs),
}
const fields = { id: Schema.String, object: Schema.Literal("text_completion"), created: Schema.Int, model: Schema.String }

export const TextCompletion = Schema.Struct({
  ...fields,
  choices: Schema.mutable(Schema.Array(Schema.Struct({ ...choiceFields, finish_reason: TextFinish }))),
  usage: Usage,
}).annotate({ identifier: "TextCompletion" })
export type TextCompletion = typeof TextCompletion.Type

/** One event of a stream; as in chats, but the text stands in the choice itself. */
export const TextCompletionChunk = Schema.Struct({
  ...fields,
  choices: Schema.mutable(Schema.Array(Schema.Struct({ ...choiceFields, finish_reason: Schema.NullOr(TextFinish) }))),
  usage: Schema.optionalKey(Schema.NullOr(Usage)),
}).annotate({ identifier: "TextCompletionChunk" })
export type TextCompletionChunk = typeof TextCompletionChunk.Type

/** Kinds of pieces that a text is made of. */
export const TEXT_PIECES = new Set(["text", "logprobs"] as const)

export interface TextOptions {
  readonly includeUsage: boolean
  readonly logprobs: boolean
  /** What comes before the text of an answer. */
  readonly echo: (answer: number) => string
}

export const wholeText = (head: ReplyHead, { logprobs, echo }: TextOptions): WholeFormat => ({
  takes: TEXT_PIECES,
  body: (answers, usage): TextCompletion => ({
    id: head.id,
    object: "text_completion",
    created: head.created,
    model: modelOf(head, answers[0]?.answer),
    choices: answers.map(({ answer, text, tokens, finishReason }) => ({
      index: head.isRace ? 0 : answer,
      ...ownModel(head, answer),
      text: echo(answer) + text,
      logprobs: logprobs ? new LegacyLogprobsWriter().write(tokens) : null,
      finish_reason: textFinish(finishReason),
    })),
    usage: toUsage(usage),
  }),
})
