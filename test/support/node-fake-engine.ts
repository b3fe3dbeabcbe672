import { Effect } from "effect"
import type { InferenceRequest } from "#domain/protocol/inference-request.ts"
import type { ContextExceeded, EngineFailed, Generated, Generation, InferenceEngineShape } from "#node/ports/inference-engine.ts"

/** A generation whose every step the test decides. */
export interface FakeGeneration {
  readonly generation: Generation
  readonly say: (text: string, tokens?: number) => void
  readonly end: (finishReason: Generated["finishReason"]) => void
  readonly fail: (failure: EngineFailed | ContextExceeded) => void
  interrupted: boolean
}

const messagesOf = (request: InferenceRequest) => (request.task === "chat" ? request.messages : [])

/** Answers its test ("ping") at once; everything else waits for the test. */
export const fakeEngine = (slots = 2) => {
  const generations: FakeGeneration[] = []
  const engine: InferenceEngineShape = {
    model: { name: "m", hash: "a".repeat(64), contextLength: 512, tasks: ["chat"], features: [] },
    slots,
    count: (request) => Effect.succeed({ tokens: messagesOf(request).length * 10, longest: messagesOf(request).length * 10 }),
    generate: (generation, onText) =>
      Effect.callback((resume) => {
        const promptTokens = messagesOf(generation.request).length * 10
        let completionTokens = 0
        const say = (text: string, tokens = 1): void => {
          completionTokens += tokens
          onText(text, tokens)
        }
        const end = (finishReason: Generated["finishReason"]) => resume(Effect.succeed({ finishReason, promptTokens, completionTokens }))
        if (messagesOf(generation.request)[0]?.content === "ping") {
          say("pong")
          return end("stop")
        }
        const running: FakeGeneration = { generation, say, end, fail: (failure) => resume(Effect.fail(failure)), interrupted: false }
        generations.push(running)
        return Effect.sync(() => void (running.interrupted = true))
      }),
  }
  return { engine, generations }
}
