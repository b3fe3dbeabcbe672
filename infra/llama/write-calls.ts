import { type ChatHistoryItem, LlamaText, type Token } from "node-llama-cpp"
import { callsText } from "#node/jobs/answer-records.ts"
import { GrammarWriter, literal } from "../json-schema/grammar-writer.ts"
import type { Answering } from "./answering.ts"
import { callSyntax } from "./chat-functions.ts"
import { grammarAfter } from "./grammar-state.ts"
import type { CallableTool, ReadChat } from "./read-chat.ts"
import { biasOption, samplingOptions, type SamplingOptions } from "./sampling.ts"
import { tokenLoop } from "./token-loop.ts"
import type { GenerationEnd } from "./worker-messages.ts"

interface Begun {
  readonly history: readonly ChatHistoryItem[]
  /** Of the text before the calls. */
  readonly completionTokens: number
}

interface Call {
  readonly name: string
  readonly arguments: string
}

/**
 * Calls in the model's own syntax: what is fixed is put in, a name and its arguments are generated under a grammar. All calls of an
 * answer leave together. What does not fit any more is not said and not billed: half a call is of no use to anybody.
 */
export const writeCalls = async (answering: Answering, chat: ReadChat, begun: Begun): Promise<GenerationEnd> => {
  const { promptTokens, onText, stop } = answering
  const { calls, tokens } = await new CallWriter(answering, chat, begun).write()
  if (stop.aborted) return { type: "aborted" }
  if (calls.length === 0) {
    return { type: "generated", generated: { finishReason: "length", promptTokens, completionTokens: begun.completionTokens } }
  }
  onText(callsText(calls, Math.random), tokens)
  return { type: "generated", generated: { finishReason: "tool_calls", promptTokens, completionTokens: begun.completionTokens + tokens } }
}

class CallWriter {
  readonly #answering: Answering
  readonly #chat: ReadChat
  readonly #syntax: ReturnType<typeof callSyntax>
  readonly #sampling: SamplingOptions
  #context: readonly Token[]
  #left: number

  constructor(answering: Answering, chat: ReadChat, { history, completionTokens }: Begun) {
    const { parts: { model, vocabulary, contextLength } } = answering
    this.#answering = answering
    this.#chat = chat
    this.#syntax = callSyntax(chat.wrapper)
    this.#sampling = { ...samplingOptions(chat.sampling, [], contextLength), ...biasOption(chat.sampling, model, vocabulary) }
    const { contextText } = chat.wrapper.generateContextState({ chatHistory: history })
    this.#context = contextText.tokenize(model.tokenizer)
    this.#left = answering.maxTokens - completionTokens
  }

  async write(): Promise<{ readonly calls: readonly Call[]; readonly tokens: number }> {
    const { mostCalls } = this.#chat
    const calls: Call[] = []
    let tokens = 0
    let begins = this.#put(this.#syntax.first)
    while (begins) {
      const before = this.#left
      const call = await this.#call()
      if (call === null) break
      calls.push(call)
      tokens += before - this.#left
      begins = calls.length < mostCalls && (await this.#callsAgain())
    }
    return { calls, tokens }
  }

  async #call(): Promise<Call | null> {
    const { tools } = this.#chat
    const [only] = tools
    const name = tools.length === 1 && only !== undefined ? this.#named(only.name) : await this.#generated(tools.map((tool) => literal(tool.name)).join(" | "))
    const tool = tools.find((one) => one.name === name)
    if (tool === undefined || !this.#put(this.#syntax.parametersOf(tool.name))) return null
    const json = await this.#arguments(tool)
    return json === null || !this.#put(this.#syntax.endOf(tool.name)) ? null : { name: tool.name, arguments: json }
  }

  #named(name: string): string | null {
    return this.#put(LlamaText(name)) ? name : null
  }

  #arguments({ parameters }: CallableTool): Promise<string | null> {
    const writer = new GrammarWriter()
    return this.#generated(writer.json(parameters), writer)
  }

  /** Puts a text in, if there is room for it. */
  #put(text: LlamaText): boolean {
    const { parts: { model } } = this.#answering
    const tokens = text.tokenize(model.tokenizer)
    if (tokens.length > this.#left) return false
    this.#context = [...this.#context, ...tokens]
    this.#left -= tokens.length
    return true
  }

  /** A text that fits the rule; null when there is no room for it. */
  async #generated(rule: string, writer = new GrammarWriter()): Promise<string | null> {
    const { slot, parts: { model }, stop } = this.#answering
    slot.watch = { grammar: await grammarAfter(model, writer.grammar(rule), []), heard: null }
    const tokens: Token[] = []
    let text = ""
    const loop = this.#loop(this.#left)
    let step = await loop.next()
    for (; step.done !== true && !stop.aborted; step = await loop.next()) {
      tokens.push(...step.value.tokens)
      text += step.value.text
    }
    await loop.return("stopped")
    this.#left -= tokens.length
    this.#context = [...this.#context, ...tokens]
    return step.done === true && step.value === "end" ? text : null
  }

  /** Whether the model begins another call by itself. Its beginning is part of the answer then. */
  async #callsAgain(): Promise<boolean> {
    const { slot, parts: { model }, stop } = this.#answering
    const beginning = this.#syntax.next.tokenize(model.tokenizer)
    if (beginning.length >= this.#left || stop.aborted) return false
    slot.watch = null
    const said: Token[] = []
    for await (const { tokens } of this.#loop(beginning.length)) {
      said.push(...tokens)
      if (said.some((token, index) => token !== beginning[index])) return false
    }
    return said.length === beginning.length && this.#put(this.#syntax.next)
  }

  #loop(maxTokens: number) {
    const { slot: { sequence }, parts: { model, vocabulary } } = this.#answering
    const isEnd = (token: Token): boolean => model.isEogToken(token)
    return tokenLoop({ sequence, vocabulary, context: this.#context, sampling: this.#sampling, maxTokens, isEnd })
  }
}
