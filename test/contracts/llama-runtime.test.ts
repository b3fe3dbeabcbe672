import type { LlamaContextSequence } from "node-llama-cpp"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type { ChatTask } from "#domain/protocol/inference-request.ts"
import { slowDown } from "#infra/llama/paced-sequence.ts"
import { ask } from "#test/support/asking-engines.ts"
import { generation } from "#test/support/contract-inference-engine.ts"
import { tinyModelHere } from "#test/support/tiny-model-in-process.ts"

const chat = (messages: ChatTask["messages"]): ChatTask => ({ task: "chat", messages, sampling: {} })

const EVEN = "🙂 ünï 🙃🙂 end"

describe("the tiny model in this process", () => {
  let tiny: Awaited<ReturnType<typeof tinyModelHere>>
  beforeAll(async () => {
    tiny = await tinyModelHere()
  })
  afterAll(() => tiny.close())
  const answer: typeof tiny.answer = (...asked) => tiny.answer(...asked)

  it("computes at most one more token once it is told to stop", async () => {
    for (const stopAfter of [1, 2, 10]) {
      const { end } = await answer(generation(ask("Count to 20.")), { stopAfter })
      expect(end).toEqual({ type: "aborted" })
      expect(tiny.watched.computed).toBeLessThanOrEqual(stopAfter + 1)
    }
  })

  it("computes no token after a stop string is complete", async () => {
    const { text } = await answer(generation(ask("Count to 20."), { stop: ["5"] }))
    expect(text).toBe("1, 2, 3, 4, ")
    expect(tiny.watched.computed).toBe(tiny.model.tokenize("1, 2, 3, 4, 5").length)
  })

  it("keeps nothing of a prompt in its sequence", async () => {
    await answer(generation(ask("My name is Sam.")))
    expect(tiny.sequence.contextTokens).toEqual([])
    await answer(generation(ask("Count to 20.")), { stopAfter: 3 })
    expect(tiny.sequence.contextTokens).toEqual([])
  })

  it("counts as prompt what the model really reads", async () => {
    const messages = [{ role: "system", content: "Be brief. 🙂" }, ...ask("What is a node?")] as const
    await answer(generation(messages))
    expect((await tiny.loaded.count(chat(messages))).tokens).toBe(tiny.watched.read)
  })

  it("fills the context to its end, never reads a shortened prompt, and refuses one that leaves no room", async () => {
    const aroundPrompt = (await tiny.loaded.count(chat(ask("7")))).tokens - 1
    for (let promptTokens = 500; promptTokens <= 514; promptTokens++) {
      tiny.watched.read = 0
      const { tokens, end } = await answer(generation(ask("7".repeat(promptTokens - aroundPrompt))))
      const room = 511 - promptTokens
      expect(tiny.watched.read).toBe(room > 0 ? promptTokens : 0)
      if (room < 1) expect(end).toEqual({ type: "context_exceeded", promptTokens, contextLength: 512 })
      else expect(end).toEqual({ type: "generated", generated: { finishReason: "length", promptTokens, completionTokens: room } })
      expect(tokens).toBe(Math.max(0, room))
    }
  })

  describe("when its tokens are bytes of longer characters", () => {
    beforeAll(() => {
      tiny.watched.forced = tiny.model.tokenize(EVEN)
    })
    afterAll(() => {
      tiny.watched.forced = null
    })
    const bytes = (): number => tiny.watched.forced?.length ?? 0

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
