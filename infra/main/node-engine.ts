import { Effect, type Scope } from "effect"
import type { Logger } from "pino"
import type { EngineFailed, InferenceEngineShape } from "#node/ports/inference-engine.ts"
import { echoEngine } from "../echo-engine/echo-engine.ts"

/** What `--model` says for the engine without a model. */
export const ECHO_MODEL = "echo:"
const DEFAULT_SLOTS = 4

export interface EngineOptions {
  /** A GGUF path, an `hf:` URI, or `echo:`. */
  readonly model: string
  readonly modelName?: string | undefined
  readonly slots?: number | undefined
  readonly threads?: number | undefined
  readonly maxTokensPerSecond?: number | undefined
  readonly dataDir: string
  readonly logger: Logger
}

/** The engine that `--model` names, loaded; it lives as long as the scope. */
export const startEngine = (options: EngineOptions): Effect.Effect<InferenceEngineShape, EngineFailed, Scope.Scope> => {
  const { model, modelName, slots = DEFAULT_SLOTS, maxTokensPerSecond } = options
  return model === ECHO_MODEL
    ? Effect.sync(() => echoEngine({ modelName, slots, tokensPerSecond: maxTokensPerSecond }))
    : startLlama(options, slots)
}

const startLlama = Effect.fnUntraced(function* (options: EngineOptions, slots: number) {
  const { model, dataDir, threads, maxTokensPerSecond, logger } = options
  // Loaded late: a network process and the echo engine do without the native addon.
  const { resolveModel, modelNameOf } = yield* Effect.promise(() => import("../llama/model-file.ts"))
  const { startLlamaEngine } = yield* Effect.promise(() => import("../llama/start-llama-engine.ts"))
  const modelPath = yield* Effect.promise(() => resolveModel(model, { dataDir, onProgress: ({ done, total }) => logger.debug({ done, total }, "downloading the model") }))
  const modelName = options.modelName ?? modelNameOf(modelPath)
  return yield* startLlamaEngine({ modelPath, modelName, slots, threads, maxTokensPerSecond, log: logger })
})
