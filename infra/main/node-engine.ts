import { Effect, type Scope } from "effect"
import type { Logger } from "pino"
import { EngineFailed, type InferenceEngineShape } from "#node/ports/inference-engine.ts"
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
  const { threads, maxTokensPerSecond, logger: log } = options
  const { modelPath, ownName } = yield* Effect.tryPromise({ try: () => findModel(options), catch: asEngineFailed })
  const { startLlamaEngine } = yield* Effect.promise(() => import("../llama/start-llama-engine.ts"))
  const modelName = options.modelName ?? ownName
  return yield* startLlamaEngine({ modelPath, modelName, slots, threads, maxTokensPerSecond, log })
})

/** Everything of `infra/llama` is loaded late: a network process and the echo engine do without the native addon. */
const findModel = async ({ model, dataDir, logger }: EngineOptions) => {
  const { resolveModel, modelNameOf } = await import("../llama/model-file.ts")
  const onProgress = (bytes: { readonly done: number; readonly total: number }) => logger.debug(bytes, "downloading the model")
  const modelPath = await resolveModel(model, { dataDir, onProgress })
  return { modelPath, ownName: modelNameOf(modelPath) }
}

const asEngineFailed = (cause: unknown): EngineFailed =>
  cause instanceof EngineFailed ? cause : new EngineFailed({ message: cause instanceof Error ? cause.message : String(cause) })
