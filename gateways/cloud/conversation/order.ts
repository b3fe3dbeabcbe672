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

/** Of the jobs of one request together: each takes its prompt, tools and schemas with it, and they are stored for each. */
export const MAX_JOBS_BYTES = 32 * 1_024 * 1_024

/** Throws when that would be more or larger jobs than one request may be, or more than one answer from each of several that race. */
export const checkSize = ({ models: { names, use }, prompts, n }: Order): void => {
  if (use === "first" && prompts.length > 1) throw invalidValue("prompt", "where several models race there is one prompt")
  if (use === "first" && n > 1) throw invalidValue("n", "where several models race there is one choice")
  const asked = use === "all" ? names.length : 1
  if (asked * prompts.length * n > MAX_JOBS) throw invalidValue("n", `models times prompts times choices must be at most ${MAX_JOBS}`)
  if (asked * prompts.length * n > 1) checkBytes(prompts, asked * n, n > 1 ? "n" : prompts.length > 1 ? "prompt" : "models")
}

const checkBytes = (prompts: readonly OrderedPrompt[], copies: number, param: string): void => {
  const bytes = prompts.reduce((sum, { request }) => sum + Buffer.byteLength(JSON.stringify(request)), 0)
  if (bytes * copies > MAX_JOBS_BYTES) {
    throw invalidValue(param, `prompts times choices times models must be at most ${MAX_JOBS_BYTES} bytes, tools and formats included`)
  }
}
