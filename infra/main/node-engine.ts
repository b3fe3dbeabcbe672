import { Effect, type Scope } from "effect"
import type { Logger } from "pino"
import { EngineFailed, type InferenceEngineShape } from "#node/ports/inference-engine.ts"
import { echoEngine } from "../echo-engine/echo-engine.ts"
import { type Progress, startProgress } from "./output/progress.ts"

/** What `--model` says for the engine without a model; with a number behind it, the tokens per second of each answer. */
const ECHO_MODEL = /^echo:(\d*)$/
const DEFAULT_SLOTS = 4

export interface EngineOptions {
  /** A GGUF path, an `hf:` URI, `echo:` or `echo:<tokens per second of each answer>`. */
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
  const echo = ECHO_MODEL.exec(model)
  if (echo === null) return startLlama(options, slots)
  const tokensPerSecondEach = Number(echo[1]) || undefined
  return Effect.sync(() => echoEngine({ modelName, slots, tokensPerSecond: maxTokensPerSecond, tokensPerSecondEach }))
}

const startLlama = Effect.fnUntraced(function* (options: EngineOptions, slots: number) {
  const { threads, maxTokensPerSecond, logger: log } = options
  const { modelPath, ownName } = yield* Effect.tryPromise({ try: () => findModel(options), catch: asEngineFailed })
  const { startLlamaEngine } = yield* Effect.promise(() => import("../llama/start-llama-engine.ts"))
  const modelName = options.modelName ?? ownName
  return yield* startLlamaEngine({ modelPath, modelName, slots, threads, maxTokensPerSecond, log })
})

/** Everything of `infra/llama` is loaded late: a network process and the echo engine do without the native addon. */
const findModel = async ({ model, dataDir }: EngineOptions) => {
  const { resolveModel, modelNameOf } = await import("../llama/model-file.ts")
  const download = downloadBar(model)
  try {
    const modelPath = await resolveModel(model, { dataDir, onProgress: download.update })
    return { modelPath, ownName: modelNameOf(modelPath) }
  } finally {
    download.stop()
  }
}

const MEGABYTE = 1_000_000

/** Appears with the first bytes: a model that is here already needs no bar. */
const downloadBar = (model: string) => {
  let bar: Progress | null = null
  return {
    update: ({ done, total }: { readonly done: number; readonly total: number }) => {
      bar ??= startProgress(model, Math.ceil(total / MEGABYTE), "MB")
      bar.update(Math.floor(done / MEGABYTE))
    },
    stop: () => bar?.stop(),
  }
}

const asEngineFailed = (cause: unknown): EngineFailed =>
  cause instanceof EngineFailed ? cause : new EngineFailed({ message: cause instanceof Error ? cause.message : String(cause) })
