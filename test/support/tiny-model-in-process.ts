import { type ChatWrapper, getLlama, LlamaChat, resolveChatWrapper, type Token } from "node-llama-cpp"
import { LoadedModel } from "#infra/llama/loaded-model.ts"
import { modelFacts } from "#infra/llama/model-facts.ts"
import type { Slot } from "#infra/llama/model-parts.ts"
import { Vocabulary } from "#infra/llama/vocabulary.ts"
import { watchTokens } from "#infra/llama/watched-sequence.ts"
import type { Generation } from "#node/ports/inference-engine.ts"
import { TINY_MODEL } from "#test/support/contract-inference-engine.ts"

const CONTEXT = 512

/** What the model did, and what it is made to say instead of what it would. */
export interface Watched {
  /** Tokens that left the model since the last answer began. */
  computed: number
  /** Tokens of the last prompt as the model got it. */
  read: number
  forced: readonly Token[] | null
}

/** The tiny model with one sequence, in this process, where a test can look at each token and put others in. */
export const tinyModelHere = async (wrapper?: ChatWrapper) => {
  const llama = await getLlama({ gpu: false, build: "never", skipDownload: true, progressLogs: false, maxThreads: 1 })
  const model = await llama.loadModel({ modelPath: TINY_MODEL })
  const context = await model.createContext({ contextSize: CONTEXT, sequences: 1, threads: 1 })
  const sequence = context.getSequence()
  const watched: Watched = { computed: 0, read: 0, forced: null }
  const evaluate = sequence.evaluate.bind(sequence)
  sequence.evaluate = async function* (tokens, options) {
    watched.read = tokens.length
    const { forced } = watched
    for await (const token of forced === null ? evaluate(tokens, options) : [...forced, model.tokens.eos ?? never()]) {
      watched.computed++
      yield token
    }
  }
  const chatWrapper = wrapper ?? resolveChatWrapper(model)
  const slot: Slot = { sequence, chat: new LlamaChat({ contextSequence: sequence, chatWrapper }), stop: null, watch: null }
  watchTokens(sequence, () => slot.watch)
  const loaded = new LoadedModel({
    model, vocabulary: new Vocabulary(model), chatWrapper, slots: [slot], contextLength: CONTEXT, ...modelFacts(model),
    embeddingContext: () => model.createEmbeddingContext({ contextSize: CONTEXT, threads: 1 }),
  })
  const answer = async (asked: Generation, { stopAfter = Infinity }: { readonly stopAfter?: number } = {}) => {
    watched.computed = 0
    const stop = new AbortController()
    let [text, tokens] = ["", 0]
    const end = await loaded.generate(asked, (piece, more) => {
      text += piece
      tokens += more
      if (tokens >= stopAfter) stop.abort()
    }, stop.signal)
    return { text, tokens, end }
  }
  return { model, slot, sequence, loaded, watched, answer, close: () => llama.dispose() }
}

const never = (): never => {
  throw new Error("the model has no end")
}
