import { Result, Schema } from "effect"
import type { CompletionTask, Prompt } from "#domain/protocol/inference-request.ts"
import { badRequest } from "../../http/api-error.ts"
import { schemaProblem } from "../../http/schema-problem.ts"
import { type AskedModels, MAX_JOBS } from "../conversation/order.ts"
import { readModels, readStream, toSampling, unsupported, wellFormed } from "../conversation/read-fields.ts"
import { readPrompts } from "../conversation/read-prompts.ts"
import { CompletionRequest, DEFAULT_MAX_TOKENS } from "./completion-request.ts"

/** What a client ordered, checked. */
export interface CompletionOrder {
  readonly models: AskedModels
  readonly stream: boolean
  readonly includeUsage: boolean
  readonly logprobs: boolean
  readonly n: number
  readonly maxOutputTokens: number
  readonly tasks: readonly CompletionTask[]
  /** What comes before each text: the prompt of its task where the client wants it back. */
  readonly echoes: readonly string[]
}

const decode = Schema.decodeUnknownResult(CompletionRequest)

/** Reads a body that was parsed as JSON, or throws the 400 that names what is wrong with it. */
export const readCompletionRequest = (body: unknown): CompletionOrder => {
  if (typeof body !== "object" || body === null || Array.isArray(body)) {
    throw badRequest({ code: "invalid_type", message: "The request body must be a JSON object." })
  }
  const decoded = decode(body)
  if (Result.isFailure(decoded)) throw schemaProblem(decoded.failure.issue)
  const given = decoded.success
  const n = given.n ?? 1
  if ((given.best_of ?? n) !== n) throw unsupported("best_of", "only as many as `n` are supported, as all of them are answered")
  const prompts = readPrompts(given.prompt, "prompt", MAX_JOBS)
  const sampling = toSampling(given, given.logprobs ?? null)
  const suffix = given.suffix ?? ""
  return {
    ...readStream(given),
    models: readModels(given),
    logprobs: sampling.top_logprobs !== undefined,
    n,
    maxOutputTokens: given.max_tokens ?? DEFAULT_MAX_TOKENS,
    tasks: prompts.map((prompt) => ({
      task: "completion", prompt, ...(suffix !== "" && { suffix: wellFormed(suffix, "suffix") }), sampling,
    })),
    echoes: prompts.map((prompt) => (given.echo ?? false ? echoOf(prompt, given) : "")),
  }
}

const echoOf = (prompt: Prompt, { logprobs }: CompletionRequest): string => {
  if (typeof prompt !== "string") throw unsupported("echo", "a prompt in tokens has no text here")
  if (logprobs !== null && logprobs !== undefined) throw unsupported("echo", "the prompt's own log probabilities are not known")
  return prompt
}
