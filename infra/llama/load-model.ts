import type { LlamaEmbeddingContext } from "node-llama-cpp"
import { Pace } from "#node/pace.ts"
import { LoadedModel } from "./loaded-model.ts"
import { modelFacts } from "./model-facts.ts"
import type { Slot } from "./model-parts.ts"
import { slowDown } from "./paced-sequence.ts"
import { Vocabulary } from "./vocabulary.ts"
import { watchTokens } from "./watched-sequence.ts"
import type { LoadOptions } from "./worker-messages.ts"

export interface LoadWatcher {
  /** A warning or error of the engine. */
  readonly log: (message: string) => void
  /** Everything that has to be read from disk was read; the model's own template has not been looked at yet. */
  readonly onRead: () => void
}

/** Loads a model into this process. The addon is imported here and nowhere else. */
export const loadModel = async (options: LoadOptions, { log, onRead }: LoadWatcher): Promise<LoadedModel> => {
  const { getLlama, LlamaChat, LlamaLogLevel, resolveChatWrapper } = await import("node-llama-cpp")
  const llama = await getLlama({
    gpu: options.gpu,
    build: "never",
    skipDownload: true,
    progressLogs: false,
    logLevel: LlamaLogLevel.warn,
    maxThreads: options.threads,
    logger: (_level, message) => log(message.trim()),
  })
  const model = await llama.loadModel({ modelPath: options.path })
  onRead()
  const { tasks, features } = modelFacts(model)
  const trained = model.trainContextSize
  const longest = Math.min(options.contextLength ?? trained, trained)
  // Costs a quarter of a second: once per model, not per request.
  const chatWrapper = resolveChatWrapper(model)
  const vocabulary = new Vocabulary(model)
  const pace = options.maxTokensPerSecond === null ? null : new Pace(options.maxTokensPerSecond)
  const speaks = tasks.includes("chat")
  const context = speaks ? await model.createContext({ contextSize: { max: longest }, sequences: options.slots, threads: options.threads }) : null
  const contextLength = Math.min(context?.contextSize ?? longest, longest)
  const sequences = context === null ? [] : Array.from({ length: options.slots }, () => context.getSequence())
  const slots = sequences.map((sequence) => {
    const slot: Slot = { sequence, chat: new LlamaChat({ contextSequence: sequence, chatWrapper }), stop: null, watch: null }
    watchTokens(sequence, () => slot.watch)
    if (pace !== null) slowDown(sequence, pace, () => slot.stop)
    return slot
  })
  let embedding: Promise<LlamaEmbeddingContext> | null = null
  const makeEmbeddingContext = () => model.createEmbeddingContext({ contextSize: contextLength, batchSize: contextLength, threads: options.threads })
  const embeddingContext = (): Promise<LlamaEmbeddingContext> =>
    (embedding ??= makeEmbeddingContext().catch((cause: unknown) => {
      // There may be memory for it later.
      embedding = null
      throw cause
    }))
  return new LoadedModel({ model, vocabulary, chatWrapper, slots, contextLength, tasks, features, embeddingContext })
}
