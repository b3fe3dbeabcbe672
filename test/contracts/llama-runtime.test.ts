import { getLlama, LlamaChat, type LlamaContextSequence, type LlamaModel, resolveChatWrapper, type Token } from "node-llama-cpp"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type { ChatTask } from "#domain/protocol/inference-request.ts"
import { LoadedModel } from "#infra/llama/loaded-model.ts"
import { modelFacts } from "#infra/llama/model-facts.ts"
import type { Slot } from "#infra/llama/model-parts.ts"
import { slowDown } from "#infra/llama/paced-sequence.ts"
import { Vocabulary } from "#infra/llama/vocabulary.ts"
import { watchTokens } from "#infra/llama/watched-sequence.ts"
import type { Generation } from "#node/ports/inference-engine.ts"
import { ask } from "#test/support/asking-engines.ts"
import { generation, TINY_MODEL } from "#test/support/contract-inference-engine.ts"

const chat = (messages: ChatTask["messages"]): ChatTask => ({ task: "chat", messages, sampling: {} })

const EVEN = "🙂 ünï 🙃🙂 end"

describe("the tiny model in this process", () => {
  let model: LlamaModel
  let sequence: LlamaContextSequence
  let loaded: LoadedModel
  let evaluate: LlamaContextSequence["evaluate"]
  /** Tokens that left the model since the last look. */
  let computed = 0
  /** Tokens of the last prompt as the model got it. */
  let read = 0
  let forced: readonly Token[] | null = null

  beforeAll(async () => {
    const llama = await getLlama({ gpu: false, build: "never", skipDownload: true, progressLogs: false, maxThreads: 1 })
    model = await llama.loadModel({ modelPath: TINY_MODEL })
    const context = await model.createContext({ contextSize: 512, sequences: 1, threads: 1 })
    sequence = context.getSequence()
    evaluate = sequence.evaluate.bind(sequence)
    sequence.evaluate = async function* (tokens, options) {
      read = tokens.length
      for await (const token of forced === null ? evaluate(tokens, options) : [...forced, model.tokens.eos ?? expect.unreachable()]) {
        computed++
        yield token
      }
    }
    const chatWrapper = resolveChatWrapper(model)
    const slot: Slot = { sequence, chat: new LlamaChat({ contextSequence: sequence, chatWrapper }), stop: null, watch: null }
    watchTokens(sequence, () => slot.watch)
    const embeddingContext = () => model.createEmbeddingContext({ contextSize: 512, threads: 1 })
    const vocabulary = new Vocabulary(model)
    loaded = new LoadedModel({ model, vocabulary, chatWrapper, slots: [slot], contextLength: 512, embeddingContext, ...modelFacts(model) })
  })
  afterAll(() => model.llama.dispose())

  const answer = async (asked: Generation, { stopAfter = Infinity }: { readonly stopAfter?: number } = {}) => {
    computed = 0
    const stop = new AbortController()
    let [text, tokens] = ["", 0]
    const end = await loaded.generate(asked, (piece, more) => {
      text += piece
      tokens += more
      if (tokens >= stopAfter) stop.abort()
    }, stop.signal)
    return { text, tokens, end }
  }

  it("computes at most one more token once it is told to stop", async () => {
    for (const stopAfter of [1, 2, 10]) {
      const { end } = await answer(generation(ask("Count to 20.")), { stopAfter })
      expect(end).toEqual({ type: "aborted" })
      expect(computed).toBeLessThanOrEqual(stopAfter + 1)
    }
  })

  it("computes no token after a stop string is complete", async () => {
    const { text } = await answer(generation(ask("Count to 20."), { stop: ["5"] }))
    expect(text).toBe("1, 2, 3, 4, ")
    expect(computed).toBe(model.tokenize("1, 2, 3, 4, 5").length)
  })

  it("keeps nothing of a prompt in its sequence", async () => {
    await answer(generation(ask("My name is Sam.")))
    expect(sequence.contextTokens).toEqual([])
    await answer(generation(ask("Count to 20.")), { stopAfter: 3 })
    expect(sequence.contextTokens).toEqual([])
  })

  it("counts as prompt what the model really reads", async () => {
    const messages = [{ role: "system", content: "Be brief. 🙂" }, ...ask("What is a node?")] as const
    await answer(generation(messages))
    expect((await loaded.count(chat(messages))).tokens).toBe(read)
  })

  it("fills the context to its end, never reads a shortened prompt, and refuses one that leaves no room", async () => {
    const aroundPrompt = (await loaded.count(chat(ask("7")))).tokens - 1
    for (let promptTokens = 500; promptTokens <= 514; promptTokens++) {
      read = 0
      const { tokens, end } = await answer(generation(ask("7".repeat(promptTokens - aroundPrompt))))
      const room = 511 - promptTokens
      expect(read).toBe(room > 0 ? promptTokens : 0)
      if (room < 1) expect(end).toEqual({ type: "context_exceeded", promptTokens, contextLength: 512 })
      else expect(end).toEqual({ type: "generated", generated: { finishReason: "length", promptTokens, completionTokens: room } })
      expect(tokens).toBe(Math.max(0, room))
    }
  })

  describe("when its tokens are bytes of longer characters", () => {
    beforeAll(() => {
      forced = model.tokenize(EVEN)
    })
    afterAll(() => {
      forced = null
    })
    const bytes = (): number => forced?.length ?? 0

    it("gives whole characters only, and every token once", async () => {
      expect(bytes()).toBeGreaterThan(EVEN.length)
      const { text, tokens, end } = await answer(generation(ask("Hi")))
      expect({ text, tokens }).toEqual({ text: EVEN, tokens: bytes() })
      expect(end).toMatchObject({ type: "generated", generated: { finishReason: "stop", completionTokens: bytes() } })
    })

    it("bills a limit inside a character in full, and shows no part of it", async () => {
      for (let maxOutputTokens = 1; maxOutputTokens < bytes(); maxOutputTokens++) {
        for (const stop of [[], ["🙂 never"], ["ï 🙃🙃"]]) {
          const { text, tokens, end } = await answer(generation(ask("Hi"), { stop }, { maxOutputTokens }))
          expect(EVEN.startsWith(text) && text.isWellFormed() && !text.includes("\ufffd")).toBe(true)
          expect(tokens).toBe(maxOutputTokens)
          expect(end).toMatchObject({ generated: { finishReason: "length", completionTokens: maxOutputTokens } })
        }
      }
    })

    it("finds a stop string that begins inside of a held-back piece", async () => {
      for (const stop of ["🙃", "ünï", "🙂 e", " 🙃🙂 end"]) {
        const { text, tokens, end } = await answer(generation(ask("Hi"), { stop: ["🙂 never", stop] }))
        expect(text).toBe(EVEN.slice(0, EVEN.indexOf(stop)))
        expect(end).toMatchObject({ generated: { finishReason: "stop", completionTokens: tokens } })
      }
    })
  })
})

describe("the pace of a sequence", () => {
  const fakeSequence = () => {
    let computed = 0
    const evaluate = async function* () {
      for (;;) {
        computed++
        yield computed
      }
    }
    return { sequence: { evaluate } as unknown as LlamaContextSequence, computed: () => computed }
  }

  it("is kept before each token is computed, not when it is sent", async () => {
    const { sequence, computed } = fakeSequence()
    const stop = new AbortController()
    const waits = [0, 0, 0, 3_600_000]
    slowDown(sequence, { reserve: () => waits.shift() ?? 0 }, () => stop.signal)
    const tokens = sequence.evaluate([])
    for (let n = 1; n <= 3; n++) expect(await tokens.next()).toEqual({ done: false, value: n })
    const fourth = tokens.next()
    await new Promise((resolve) => setImmediate(resolve))
    expect(computed()).toBe(3)
    stop.abort()
    expect(await fourth).toMatchObject({ done: true })
    expect(computed()).toBe(3)
  })

  it("does not wait for a generation that was stopped before", async () => {
    const { sequence, computed } = fakeSequence()
    slowDown(sequence, { reserve: () => 3_600_000 }, () => AbortSignal.abort())
    expect(await sequence.evaluate([]).next()).toMatchObject({ done: true })
    expect(computed()).toBe(0)
  })
})
