import { createHash } from "node:crypto"
import { Effect, Semaphore } from "effect"
import type { InferenceRequest } from "#domain/protocol/inference-request.ts"
import {
  ContextExceeded, type Generated, type Generation, type InferenceEngineShape, RequestUnsupported,
} from "#node/ports/inference-engine.ts"
import { sayPaced } from "./say-paced.ts"

export interface EchoOptions {
  readonly modelName?: string | undefined
  readonly slots: number
  /** Of all generations together; undefined: as fast as it goes. */
  readonly tokensPerSecond?: number | undefined
}

export const ECHO_CONTEXT_LENGTH = 8_192

/**
 * No model: says the last user message again, word by word, one token per word. For benchmarks of the network and tests of the
 * protocol, where a model would be in the way; never a default.
 */
export const echoEngine = ({ modelName = "echo", slots, tokensPerSecond }: EchoOptions): InferenceEngineShape => {
  const sequences = Semaphore.makeUnsafe(slots)
  const say = sayPaced(tokensPerSecond)
  const hash = createHash("sha256").update("echo").digest("hex")
  return {
    model: { name: modelName, hash, contextLength: ECHO_CONTEXT_LENGTH, tasks: ["chat"], features: [] },
    slots,
    count: (request) => Effect.sync(() => ({ tokens: countOf(request), longest: countOf(request) })),
    generate: (generation, onText) =>
      Effect.suspend((): Effect.Effect<Generated, ContextExceeded | RequestUnsupported> => {
        if (generation.request.task !== "chat") return Effect.fail(new RequestUnsupported({ message: "the echo engine only chats" }))
        const promptTokens = countOf(generation.request)
        const room = ECHO_CONTEXT_LENGTH - promptTokens - wordsOf(generation.deliveredText).length
        if (room < 1) return Effect.fail(new ContextExceeded({ promptTokens, contextLength: ECHO_CONTEXT_LENGTH }))
        const answer = wordsOf(restOfAnswer(generation))
        const words = answer.slice(0, Math.min(room, generation.maxOutputTokens))
        const finishReason = words.length < answer.length ? "length" : "stop"
        const generated: Generated = { finishReason, promptTokens, completionTokens: words.length }
        return Effect.as(say(words, (word) => onText(word, 1)), generated)
      }).pipe(sequences.withPermits(1)),
  }
}

/** A word with the space behind it is a token. */
const wordsOf = (text: string): readonly string[] => text.match(/\s*\S+\s?|\s+/g) ?? []

const countOf = (request: InferenceRequest): number =>
  request.task !== "chat" ? 0 : request.messages.reduce((sum, { content }) => sum + wordsOf(content).length, 0)

/** The whole answer is known, so it ends before the earliest stop string; what the client has of it is not said again. */
const restOfAnswer = ({ request, deliveredText }: Generation): string => {
  if (request.task !== "chat") return ""
  const whole = request.messages.findLast(({ role }) => role === "user")?.content ?? ""
  const ends = (request.sampling.stop ?? []).filter((stop) => stop !== "").map((stop) => whole.indexOf(stop))
  const end = Math.min(whole.length, ...ends.filter((at) => at >= 0))
  return whole.slice(deliveredText.length, Math.max(deliveredText.length, end))
}
