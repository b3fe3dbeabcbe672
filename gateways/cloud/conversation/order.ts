import type { FastifyReply } from "fastify"
import type { JobWork } from "#commands/ports/tracing.ts"
import type { InferenceRequest } from "#domain/protocol/inference-request.ts"
import type { AnswerWriter, ReplyHead } from "./answer-writer.ts"
import { invalidValue } from "./read-fields.ts"

/** one: the only one · all: a choice from each · first: whichever speaks first · fallback: the next when one is not available or fails */
export interface AskedModels {
  readonly names: readonly [string, ...string[]]
  readonly use: "one" | "all" | "first" | "fallback"
}

export interface OrderedPrompt {
  readonly request: InferenceRequest
  /** Where the client put it. */
  readonly param: string
}

/** What a client ordered, checked: what to ask of whom, and how to write the answers. */
export interface Order {
  readonly work: JobWork
  readonly idPrefix: string
  readonly models: AskedModels
  readonly stream: boolean
  readonly prompts: readonly OrderedPrompt[]
  /** Answers to each prompt. */
  readonly n: number
  /** Null: the client named no limit. */
  readonly maxOutputTokens: number | null
  readonly writer: (reply: FastifyReply, head: ReplyHead) => AnswerWriter
}

/** Jobs of one request: choices, prompts and models multiplied. */
export const MAX_JOBS = 128

/** Throws when that would be more jobs than one request may be, or more than one answer from each of several that race. */
export const checkSize = ({ models: { names, use }, prompts, n }: Order): void => {
  if (use === "first" && prompts.length > 1) throw invalidValue("prompt", "where several models race there is one prompt")
  if (use === "first" && n > 1) throw invalidValue("n", "where several models race there is one choice")
  const asked = use === "all" ? names.length : 1
  if (asked * prompts.length * n > MAX_JOBS) throw invalidValue("n", `models times prompts times choices must be at most ${MAX_JOBS}`)
}
