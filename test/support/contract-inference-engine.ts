import { Effect, Exit, Fiber, Result, Scope } from "effect"
import { fileURLToPath } from "node:url"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type { ChatMessage, Sampling } from "#domain/protocol/inference-request.ts"
import { ContextExceeded, type EngineFailed, type Generation, type InferenceEngineShape } from "#node/ports/inference-engine.ts"
import { answerOf, ask } from "#test/support/asking-engines.ts"
import { formatRules, logprobRules, toolRules } from "#test/support/contract-inference-features.ts"
import { completionRules, embeddingRules } from "#test/support/contract-inference-prompts.ts"

export const TINY_MODEL = fileURLToPath(new URL("../../models/tiny-chat-f16.gguf", import.meta.url))
export const SILENT = { info: () => {}, warn: () => {} }

export interface EngineUnderTest {
  readonly make: (slots: number) => Effect.Effect<InferenceEngineShape, EngineFailed, Scope.Scope>
  /** A question with a greedy answer of at least 40 tokens. */
  readonly question: string
}

export interface OpenedEngine {
  readonly engine: InferenceEngineShape
  readonly close: () => Promise<void>
}

export const openEngine = async (make: Effect.Effect<InferenceEngineShape, EngineFailed, Scope.Scope>): Promise<OpenedEngine> => {
  const scope = await Effect.runPromise(Scope.make())
  const engine = await Effect.runPromise(Effect.provideService(make, Scope.Scope, scope))
  return { engine, close: () => Effect.runPromise(Scope.close(scope, Exit.void)) }
}

const MANY_TOKENS = 400

export const generation = (messages: readonly ChatMessage[], sampling: Sampling = {}, rest: Partial<Generation> = {}): Generation => ({
  request: { task: "chat", messages, sampling: { temperature: 0, ...sampling } },
  deliveredText: "",
  maxOutputTokens: MANY_TOKENS,
  ...rest,
})

export const countOf = (engine: InferenceEngineShape, messages: readonly ChatMessage[]) =>
  Effect.runPromise(engine.count({ task: "chat", messages, sampling: {} }))

/** The rules of the inference engine port, for every engine. */
export const inferenceEngineContract = (name: string, { make, question }: EngineUnderTest): void => {
  describe(`inference engine: ${name}`, () => {
    let opened: OpenedEngine
    beforeAll(async () => {
      opened = await openEngine(make(2))
    })
    afterAll(() => opened.close())

    answerRules(() => opened.engine, question)
    limitRules(() => opened.engine, question)
    slotRules(make, question)
    formatRules(() => opened.engine, question)
    toolRules(() => opened.engine, question)
    logprobRules(() => opened.engine, question)
    completionRules(() => opened.engine)
    embeddingRules(() => opened.engine)
  })
}

const answerRules = (engine: () => InferenceEngineShape, question: string): void => {
  it("says which model it serves and how much it can do at once", () => {
    expect(engine().model.hash).toMatch(/^[0-9a-f]{64}$/)
    expect(engine().model.name).not.toBe("")
    expect(engine().model.contextLength).toBeGreaterThan(0)
    expect(engine().slots).toBe(2)
  })

  it("answers greedily the same each time, with the counted prompt tokens", async () => {
    const [one, other] = [await answerOf(engine(), generation(ask(question))), await answerOf(engine(), generation(ask(question)))]
    expect(one.text).toBe(other.text)
    expect(one.generated).toEqual(other.generated)
    expect(one.generated.finishReason).toBe("stop")
    expect(one.generated.completionTokens).toBeGreaterThanOrEqual(40)
    expect((await countOf(engine(), ask(question))).tokens).toBe(one.generated.promptTokens)
  })

  it("goes on right after a part that was delivered, wherever it was cut", async () => {
    const whole = await answerOf(engine(), generation(ask(question), {}, { maxOutputTokens: 40 }))
    const beginnings = (await beginningsByToken(engine(), question)).filter((_, index) => index % 7 === 0)
    expect(beginnings.length).toBeGreaterThanOrEqual(4)
    for (const { deliveredText, tokens } of beginnings) {
      const rest = await answerOf(engine(), generation(ask(question), {}, { deliveredText, maxOutputTokens: 40 - tokens }))
      expect(deliveredText + rest.text).toBe(whole.text)
      expect(rest.generated).toEqual({ ...whole.generated, completionTokens: whole.generated.completionTokens - tokens })
    }
  })
}

/** The first 1, 2, 3, … tokens of the greedy answer, as text. */
const beginningsByToken = (engine: InferenceEngineShape, question: string) =>
  Promise.all(
    Array.from({ length: 30 }, async (_, index) => {
      const { text } = await answerOf(engine, generation(ask(question), {}, { maxOutputTokens: index + 1 }))
      return { deliveredText: text, tokens: index + 1 }
    }),
  )

const limitRules = (engine: () => InferenceEngineShape, question: string): void => {
  it("ends at the token limit, says so, and bills just that", async () => {
    for (const maxOutputTokens of [1, 2, 7, 30]) {
      const { generated } = await answerOf(engine(), generation(ask(question), {}, { maxOutputTokens }))
      expect(generated).toMatchObject({ finishReason: "length", completionTokens: maxOutputTokens })
    }
  })

  it("ends before a stop string and never shows a part of it", async () => {
    const { text: whole } = await answerOf(engine(), generation(ask(question)))
    for (const [from, length] of [[0, 3], [10, 1], [21, 9], [30, 4]] as const) {
      const stop = whole.slice(from, from + length)
      const { text, generated } = await answerOf(engine(), generation(ask(question), { stop: ["never said", stop] }))
      expect(text).toBe(whole.slice(0, whole.indexOf(stop)))
      expect(generated.finishReason).toBe("stop")
    }
  })

  it("says what was held back when it was no stop string after all", async () => {
    const { text: whole } = await answerOf(engine(), generation(ask(question)))
    const almost = [`${whole.slice(-6)}!never`, `${whole.slice(12, 20)}\u0000`]
    const { text, generated } = await answerOf(engine(), generation(ask(question), { stop: almost }))
    expect(text).toBe(whole)
    expect(generated.finishReason).toBe("stop")
    for (let maxOutputTokens = 2; maxOutputTokens < 14; maxOutputTokens++) {
      const plain = await answerOf(engine(), generation(ask(question), {}, { maxOutputTokens }))
      const held = await answerOf(engine(), generation(ask(question), { stop: almost }, { maxOutputTokens }))
      expect({ text: held.text, ...held.generated }).toEqual({ text: plain.text, ...plain.generated })
    }
  })

  it("refuses a prompt that does not fit, instead of cutting it", async () => {
    const { contextLength } = engine().model
    const messages = ask("word ".repeat(contextLength * 2))
    const { tokens: promptTokens } = await countOf(engine(), messages)
    expect(promptTokens).toBeGreaterThan(contextLength)
    const result = await Effect.runPromise(Effect.result(engine().generate(generation(messages), () => expect.unreachable())))
    expect(result).toEqual(Result.fail(new ContextExceeded({ promptTokens, contextLength })))
  })

  it("refuses a delivered text that leaves no room", async () => {
    const deliveredText = "word ".repeat(engine().model.contextLength * 2)
    const result = await Effect.runPromise(Effect.result(engine().generate(generation(ask(question), {}, { deliveredText }), () => {})))
    expect(Result.isFailure(result) && result.failure).toBeInstanceOf(ContextExceeded)
  })
}

const slotRules = (make: EngineUnderTest["make"], question: string): void => {
  it("lets generations wait for a free sequence, and gives each its own answer", async () => {
    const { engine, close } = await openEngine(make(2))
    try {
      const alone = await answerOf(engine, generation(ask(question)))
      const limits = [40, 3, 17, 25, 8, 40, 1]
      const answers = await Promise.all(limits.map((maxOutputTokens) => answerOf(engine, generation(ask(question), {}, { maxOutputTokens }))))
      for (const [index, { text, generated }] of answers.entries()) {
        expect(alone.text.startsWith(text)).toBe(true)
        expect(generated.completionTokens).toBe(Math.min(limits[index] ?? 0, alone.generated.completionTokens))
      }
    } finally {
      await close()
    }
  })

  it("says nothing more once an interruption is done, and its sequence is free again", async () => {
    const { engine, close } = await openEngine(make(1))
    try {
      const heard: string[] = []
      const { promise: begun, resolve: begin } = Promise.withResolvers<void>()
      const running = Effect.runFork(engine.generate(generation(ask(question)), (text) => {
        heard.push(text)
        begin()
      }))
      const waiting = Effect.runFork(engine.generate(generation(ask(question)), () => expect.unreachable()))
      await begun
      await Effect.runPromise(Fiber.interrupt(waiting))
      await Effect.runPromise(Fiber.interrupt(running))
      const heardThen = heard.length
      const next = await answerOf(engine, generation(ask(question)))
      expect(heard.length).toBe(heardThen)
      expect(next.text.startsWith(heard.join(""))).toBe(true)
      expect(next.generated.finishReason).toBe("stop")
    } finally {
      await close()
    }
  })
}
