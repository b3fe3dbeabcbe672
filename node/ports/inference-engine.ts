import { Context, Data, type Effect } from "effect"
import type { FinishReason } from "#domain/job/index.ts"
import type { InferenceRequest, ModelFeature, Task } from "#domain/protocol/inference-request.ts"

export interface EngineModel {
  readonly name: string
  /** SHA-256 of the model file, hex. */
  readonly hash: string
  readonly contextLength: number
  readonly tasks: readonly Task[]
  readonly features: readonly ModelFeature[]
}

/** Tokens of a prompt as the model takes it, a chat with its template. */
export interface PromptSize {
  readonly tokens: number
  /** Of what must fit into the context at once: the whole prompt, or one of several inputs. */
  readonly longest: number
}

export interface Generation {
  readonly request: InferenceRequest
  /** The answer so far, records among it (`answer-text.ts`); the engine continues right after it. */
  readonly deliveredText: string
  readonly maxOutputTokens: number
}

export interface Generated {
  readonly finishReason: FinishReason
  readonly promptTokens: number
  /** New tokens, those of `deliveredText` not among them. */
  readonly completionTokens: number
}

/** The engine died, could not load the model or failed inside. `message` is safe to show; it holds no content. */
export class EngineFailed extends Data.TaggedError("EngineFailed")<{ readonly message: string }> {}

/** The model cannot do what the request asks for, or the request contradicts itself. `message` names it; it holds no content. */
export class RequestUnsupported extends Data.TaggedError("RequestUnsupported")<{ readonly message: string }> {}

/** Prompt, delivered text and at least one new token do not fit. */
export class ContextExceeded extends Data.TaggedError("ContextExceeded")<{
  readonly promptTokens: number
  readonly contextLength: number
}> {}

export interface InferenceEngineShape {
  readonly model: EngineModel
  /** Generations at once; more wait for a free sequence. */
  readonly slots: number
  readonly count: (request: InferenceRequest) => Effect.Effect<PromptSize, EngineFailed | RequestUnsupported>
  /**
   * Runs one generation. `onText` gets each piece of the answer's text, a record always whole (`answer-text.ts`), with the tokens that
   * made it; their sum is `completionTokens`. The vectors of an embedding are records and no tokens.
   * Interrupting the effect stops the engine within one token. Stop strings are never part of the text.
   */
  readonly generate: (
    generation: Generation,
    onText: (text: string, tokens: number) => void,
  ) => Effect.Effect<Generated, EngineFailed | ContextExceeded | RequestUnsupported>
}

/** A loaded model that answers. */
export class InferenceEngine extends Context.Service<InferenceEngine, InferenceEngineShape>()("node/InferenceEngine") {}
