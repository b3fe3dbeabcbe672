import { Pace } from "#node/pace.ts"
import { LoadedModel, type Slot } from "./loaded-model.ts"
import { slowDown } from "./paced-sequence.ts"
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
  const trained = model.trainContextSize
  const context = await model.createContext({
    contextSize: { max: Math.min(options.contextLength ?? trained, trained) },
    sequences: options.slots,
    threads: options.threads,
  })
  const contextLength = Math.min(context.contextSize, options.contextLength ?? trained, trained)
  // Costs a quarter of a second: once per model, not per request.
  const chatWrapper = resolveChatWrapper(model)
  const pace = options.maxTokensPerSecond === null ? null : new Pace(options.maxTokensPerSecond)
  const slots = Array.from({ length: options.slots }, () => {
    const sequence = context.getSequence()
    const slot: Slot = { sequence, chat: new LlamaChat({ contextSequence: sequence, chatWrapper }), stop: null }
    if (pace !== null) slowDown(sequence, pace, () => slot.stop)
    return slot
  })
  return new LoadedModel({ model, chatWrapper, slots, contextLength })
}
