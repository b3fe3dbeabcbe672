import { Context, Data, type Effect } from "effect"
import type { ChatMessage, InferenceRequest } from "#domain/protocol/inference-request.ts"

export interface EngineModel {
  readonly name: string
  /** SHA-256 of the model file, hex. */
  readonly hash: string
  readonly contextLength: number
}

export interface Generation {
  readonly request: InferenceRequest
  /** The answer so far; the engine continues right after it. */
  readonly deliveredText: string
  readonly maxOutputTokens: number
}

export interface Generated {
  readonly finishReason: "stop" | "length"
  readonly promptTokens: number
  /** New tokens, those of `deliveredText` not among them. */
  readonly completionTokens: number
}

/** The engine died, could not load the model or failed inside. `message` is safe to show; it holds no content. */
export class EngineFailed extends Data.TaggedError("EngineFailed")<{ readonly message: string }> {}

/** Prompt, delivered text and at least one new token do not fit. */
export class ContextExceeded extends Data.TaggedError("ContextExceeded")<{
  readonly promptTokens: number
  readonly contextLength: number
}> {}

export interface InferenceEngineShape {
  readonly model: EngineModel
  /** Generations at once; more wait for a free sequence. */
  readonly slots: number
  /** Prompt tokens, chat template included. */
  readonly count: (messages: readonly ChatMessage[]) => Effect.Effect<number, EngineFailed>
  /**
   * Runs one generation. `onText` gets each piece of visible text with the tokens that made it; their sum is `completionTokens`.
   * Interrupting the effect stops the engine within one token. Stop strings are never part of the text.
   */
  readonly generate: (
    generation: Generation,
    onText: (text: string, tokens: number) => void,
  ) => Effect.Effect<Generated, EngineFailed | ContextExceeded>
}

/** A loaded model that answers. */
export class InferenceEngine extends Context.Service<InferenceEngine, InferenceEngineShape>()("node/InferenceEngine") {}
