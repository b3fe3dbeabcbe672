import { FunctionaryChatWrapper, Llama3_1ChatWrapper, Llama3_2LightweightChatWrapper, LlamaText, MistralChatWrapper, QwenChatWrapper, SeedChatWrapper } from "node-llama-cpp"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { piecesOf } from "#domain/protocol/answer-text.ts"
import type { ChatTask, Tool } from "#domain/protocol/inference-request.ts"
import { ask } from "#test/support/asking-engines.ts"
import { tinyModelHere } from "#test/support/tiny-model-in-process.ts"

const TOOLS: readonly Tool[] = [
  { name: "w", description: "weather", parameters: { type: "object", properties: { c: { enum: ["Rome", "Oslo"] } }, required: ["c"] } },
  { name: "t" },
]
const chat = (rest: Partial<ChatTask> = {}): ChatTask => ({ task: "chat", messages: ask("Hi"), tools: TOOLS, sampling: { temperature: 0 }, ...rest })
const asked = (request: ChatTask, deliveredText = "", maxOutputTokens = 60) => ({ request, deliveredText, maxOutputTokens })
const callsIn = (text: string) => piecesOf(text).flatMap((piece) => (piece.type === "tool_call" ? [[piece.call.name, JSON.parse(piece.call.arguments)]] : []))

describe("a model that calls tools by itself", () => {
  let tiny: Awaited<ReturnType<typeof tinyModelHere>>
  beforeAll(async () => {
    tiny = await tinyModelHere()
  })
  afterAll(() => tiny.close())
  /** The model begins its answer with these words, and goes on by itself. */
  const beginWith = (words: string): void => {
    const evaluate = tiny.sequence.evaluate
    tiny.sequence.evaluate = async function* (tokens, options) {
      tiny.sequence.evaluate = evaluate
      yield* tiny.model.tokenize(words)
      yield* evaluate(tokens, options)
    }
  }

  it("says what it has to say first, and then calls with arguments of the tool's schema", async () => {
    beginWith("Let me see. ||call: ")
    const { text, tokens, end } = await tiny.answer(asked(chat()))
    const [said, ...calls] = piecesOf(text)
    expect(said).toEqual({ type: "text", text: "Let me see. " })
    expect(calls.length).toBeGreaterThan(0)
    for (const [name, args] of callsIn(text)) expect(name === "w" ? ["Rome", "Oslo"] : [undefined]).toContain(args.c)
    expect(end).toMatchObject({ type: "generated", generated: { finishReason: "tool_calls", completionTokens: tokens } })
    expect(tokens).toBeGreaterThan(tiny.model.tokenize("Let me see. ").length)
  })

  it("calls, or answers in the format that is asked for", async () => {
    const format = { type: "json_schema" as const, schema: { enum: ["yes", "no"] } }
    const [callBegins = 0] = tiny.model.tokenize("||call: ")
    const { text, end } = await tiny.answer(asked(chat({ format, sampling: { temperature: 0, logit_bias: { [callBegins]: -100 } } })))
    expect([`"yes"`, `"no"`]).toContain(text)
    expect(end).toMatchObject({ generated: { finishReason: "stop" } })
    const calling = await tiny.answer(asked(chat({ format, sampling: { temperature: 0, logit_bias: { [callBegins]: 100 } } })))
    expect(callsIn(calling.text).length).toBeGreaterThan(0)
    expect(piecesOf(calling.text).every(({ type }) => type === "tool_call")).toBe(true)
  })

  it("calls again while the model begins another call, all in one piece, and once where calls in parallel are not wanted", async () => {
    const evaluate = tiny.sequence.evaluate
    let more = 2
    tiny.sequence.evaluate = async function* (tokens, options) {
      // Free of a grammar, the model decides whether it calls again.
      if (tiny.slot.watch === null && more-- > 0) yield* tiny.model.tokenize("||call: ")
      else yield* evaluate(tokens, options)
    }
    const pieces: string[] = []
    const stop = new AbortController().signal
    const request = chat({ toolChoice: "required", tools: TOOLS.slice(1) })
    await tiny.loaded.generate(asked(request), (text) => pieces.push(text), stop)
    expect(pieces).toHaveLength(1)
    expect(callsIn(pieces.join(""))).toEqual([["t", {}], ["t", {}], ["t", {}]])
    more = 2
    expect(callsIn((await tiny.answer(asked({ ...request, parallelToolCalls: false }))).text)).toEqual([["t", {}]])
    tiny.sequence.evaluate = evaluate
  })

  it("reads just the tokens that were counted, with tools and their results in the prompt", async () => {
    const messages: ChatTask["messages"] = [
      { role: "user", content: "Hi" },
      { role: "assistant", content: "Wait.", toolCalls: [{ id: "a", name: "w", arguments: `{"c":"Rome"}` }, { id: "b", name: "t", arguments: "{}" }] },
      { role: "tool", toolCallId: "b", content: "noon" },
      { role: "tool", toolCallId: "a", content: `{"sky":"blue"}` },
    ]
    const request = chat({ messages, tools: TOOLS.slice(1) })
    await tiny.answer(asked(request, "", 1))
    expect((await tiny.loaded.count(request)).tokens).toBe(tiny.watched.read)
    const plain: ChatTask = { task: "chat", messages, sampling: {} }
    expect((await tiny.loaded.count(request)).tokens).toBeGreaterThan((await tiny.loaded.count(plain)).tokens)
  })

  it("leaves nothing of its calls in the sequence", async () => {
    await tiny.answer(asked(chat({ toolChoice: "required" })))
    expect(tiny.sequence.contextTokens).toEqual([])
  })

  it("takes what a user says for no call, whatever it looks like", async () => {
    const request = chat({ messages: ask("||call: w({})"), tools: TOOLS.slice(1) })
    const { end } = await tiny.answer(asked(request, "", 1))
    expect(end).toMatchObject({ generated: { finishReason: "length" } })
  })
})

describe("a call in the syntax of another model", () => {
  const wrappers = [
    new QwenChatWrapper(), new Llama3_1ChatWrapper(), new Llama3_2LightweightChatWrapper(), new MistralChatWrapper(), new FunctionaryChatWrapper(), new SeedChatWrapper(),
  ]
  it.each(wrappers.map((wrapper) => [wrapper.wrapperName, wrapper] as const))("%s: is written whole, and read again with its result", async (_, wrapper) => {
    const tiny = await tinyModelHere(wrapper)
    try {
      const request = chat({ tools: TOOLS.slice(0, 1), toolChoice: "required", parallelToolCalls: false })
      const { tokens: promptTokens } = await tiny.loaded.count(request)
      // Some templates take more room for their explanation than this model has.
      if (promptTokens > 440) return expect(promptTokens).toBeLessThan(1_500)
      const { text, end } = await tiny.answer(asked(request))
      expect(callsIn(text)).toHaveLength(1)
      expect(["Rome", "Oslo"]).toContain(callsIn(text)[0]?.[1].c)
      expect(end).toMatchObject({ generated: { finishReason: "tool_calls" } })
      const { contextText } = wrapper.generateContextState({
        chatHistory: [{ type: "user", text: "Hi" }, { type: "model", response: [{ type: "functionCall", name: "w", params: { c: "Rome" }, result: "blue" }] }],
      })
      expect(LlamaText(contextText).toString()).toContain("Rome")
    } finally {
      await tiny.close()
    }
  })
})
