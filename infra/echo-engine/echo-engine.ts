import { createHash } from "node:crypto"
import { Effect, Result, Semaphore } from "effect"
import type { InferenceRequest } from "#domain/protocol/inference-request.ts"
import {
  ContextExceeded, type Generated, type Generation, type InferenceEngineShape, RequestUnsupported,
} from "#node/ports/inference-engine.ts"
import { UnsupportedSchema } from "../json-schema/unsupported-schema.ts"
import { type EchoAnswer, echoAnswer } from "./echo-answer.ts"
import { sizeOf } from "./echo-words.ts"
import { sayEach, sayPaced } from "./say-paced.ts"

export interface EchoOptions {
  readonly modelName?: string | undefined
  readonly slots: number
  /** Of all generations together; undefined: as fast as it goes. */
  readonly tokensPerSecond?: number | undefined
  /** Of each generation, instead; undefined: as `tokensPerSecond` says. */
  readonly tokensPerSecondEach?: number | undefined
}

export const ECHO_CONTEXT_LENGTH = 8_192

/**
 * No model: a word with the space behind it is a token. For benchmarks of the network and tests of the protocol, where a model would be
 * in the way; never a default. It offers every task and feature, and the same request always has the same answer (but for the ids of
 * calls):
 * - a chat: the last user message again;
 * - with tools, `auto`: calls to the tools that a last user message of the form `call <tool> <tool> …` names, at most one where calls
 *   in parallel are not wanted; when the last message is a tool's result, that result as text. `required` and a name: one call of the
 *   first or the named tool. Arguments are the smallest that fit the tool's schema;
 * - with a format: the smallest JSON that fits it;
 * - with log probabilities: invented ones, a word's by its length;
 * - a completion: the prompt again, a prompt of token ids as `t1 t2 t3`; a suffix counts as prompt and changes nothing;
 * - an embedding: 64 numbers drawn from a hash of the input.
 * Stop strings, the token limit and the context are those of any engine; other sampling changes nothing. Token ids go up to 99 999.
 */
export const echoEngine = ({ modelName = "echo", slots, tokensPerSecond, tokensPerSecondEach }: EchoOptions): InferenceEngineShape => {
  const sequences = Semaphore.makeUnsafe(slots)
  const say = tokensPerSecondEach === undefined ? sayPaced(tokensPerSecond) : sayEach(tokensPerSecondEach)
  const hash = createHash("sha256").update("echo").digest("hex")
  return {
    model: {
      name: modelName, hash, contextLength: ECHO_CONTEXT_LENGTH, tasks: ["chat", "completion", "embedding"],
      features: ["tools", "json_object", "json_schema", "logprobs", "logit_bias", "token_prompts", "suffix", "dimensions"],
    },
    slots,
    count: (request) => (isPlain(request) ? Effect.sync(() => sizeOf(request)) : Effect.as(Effect.fromResult(answerTo(request, "")), sizeOf(request))),
    generate: (generation, onText) =>
      Effect.gen(function* () {
        const answer = yield* Effect.fromResult(answerTo(generation.request, generation.deliveredText))
        const said = yield* Effect.fromResult(limited(answer, generation))
        yield* say(said.pieces, ({ text, tokens }) => onText(text, tokens))
        return said.generated
      }).pipe(sequences.withPermits(1)),
  }
}

/** Has nothing in it that could be refused. */
const isPlain = (request: InferenceRequest): boolean =>
  request.task === "chat" && request.tools === undefined && request.format === undefined && request.sampling.logit_bias === undefined

const answerTo = (request: InferenceRequest, deliveredText: string): Result.Result<EchoAnswer, RequestUnsupported> => {
  try {
    return Result.succeed(echoAnswer(request, deliveredText))
  } catch (cause) {
    if (cause instanceof RequestUnsupported) return Result.fail(cause)
    if (cause instanceof UnsupportedSchema) return Result.fail(new RequestUnsupported({ message: cause.message }))
    throw cause
  }
}

/** As much of the answer as fits the context and the limit. Of a call that does not fit nothing is said, and nothing is billed. */
const limited = (
  { pieces, finishReason, deliveredTokens }: EchoAnswer,
  { request, maxOutputTokens }: Generation,
): Result.Result<{ readonly pieces: EchoAnswer["pieces"]; readonly generated: Generated }, ContextExceeded> => {
  const { tokens: promptTokens, longest } = sizeOf(request)
  const room = ECHO_CONTEXT_LENGTH - longest - deliveredTokens - (request.task === "embedding" ? 0 : 1)
  if (room < 0) return Result.fail(new ContextExceeded({ promptTokens: longest, contextLength: ECHO_CONTEXT_LENGTH }))
  if (request.task === "embedding") return Result.succeed({ pieces, generated: { finishReason, promptTokens, completionTokens: 0 } })
  const limit = Math.min(room + 1, maxOutputTokens)
  let completionTokens = 0
  const said = pieces.filter(({ tokens }) => {
    const fits = completionTokens + tokens <= limit
    if (fits) completionTokens += tokens
    return fits
  })
  return Result.succeed({
    pieces: said,
    generated: { finishReason: said.length < pieces.length ? "length" : finishReason, promptTokens, completionTokens },
  })
}
