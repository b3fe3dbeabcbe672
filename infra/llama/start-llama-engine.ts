import { Effect, type Scope } from "effect"
import { EngineFailed, type InferenceEngineShape } from "#node/ports/inference-engine.ts"
import { hasGpuPackage } from "./gpu-package.ts"
import { type EngineLog, startLlama } from "./llama-engine.ts"
import { checkModelFile, defaultThreads, hashOf } from "./model-file.ts"

export interface LlamaEngineOptions {
  /** A GGUF file, see `resolveModel`. */
  readonly modelPath: string
  readonly modelName: string
  readonly slots: number
  /** Undefined: one for a tiny model, all cores but one otherwise. */
  readonly threads?: number | undefined
  /** Of all generations together; the machine rests in between. */
  readonly maxTokensPerSecond?: number | undefined
  /** Undefined: the model's trained length, or what fits into memory. */
  readonly contextLength?: number | undefined
  /** Undefined: a GPU if there is one and a package for it. */
  readonly gpu?: "auto" | false | undefined
  readonly log: EngineLog
}

/** A model in a child process of its own, which ends with the scope. */
export const startLlamaEngine = (options: LlamaEngineOptions): Effect.Effect<InferenceEngineShape, EngineFailed, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.tryPromise({ try: () => start(options), catch: asEngineFailed }),
    ({ stop }) => Effect.promise(stop),
  ).pipe(Effect.map(({ engine }) => engine))

const start = async ({ modelPath, modelName, slots, log, ...options }: LlamaEngineOptions) => {
  const { maxTokensPerSecond = null, contextLength = null } = options
  await checkModelFile(modelPath)
  const gpu = options.gpu ?? (hasGpuPackage() ? "auto" : false)
  const threads = options.threads ?? (await defaultThreads(modelPath))
  const model = { name: modelName, hash: await hashOf(modelPath) }
  return startLlama({ path: modelPath, slots, gpu, threads, contextLength, maxTokensPerSecond, model }, log)
}

const asEngineFailed = (cause: unknown): EngineFailed =>
  cause instanceof EngineFailed ? cause : new EngineFailed({ message: cause instanceof Error ? cause.message : String(cause) })
