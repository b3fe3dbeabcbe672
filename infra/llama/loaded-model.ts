import type { ChatWrapper, LlamaChat, LlamaContextSequence, LlamaModel } from "node-llama-cpp"
import type { ChatMessage } from "#domain/protocol/inference-request.ts"
import { FreeSlots } from "#node/free-slots.ts"
import { StopStrings } from "#node/jobs/stop-strings.ts"
import type { Generation } from "#node/ports/inference-engine.ts"
import { chatHistory } from "./chat-history.ts"
import { samplingOptions } from "./sampling.ts"
import type { GenerationEnd } from "./worker-messages.ts"

export interface Slot {
  readonly sequence: LlamaContextSequence
  readonly chat: LlamaChat
  /** Of the generation that has the slot. */
  stop: AbortSignal | null
}

export interface ModelParts {
  readonly model: LlamaModel
  readonly chatWrapper: ChatWrapper
  readonly slots: readonly Slot[]
  readonly contextLength: number
}

/**
 * `LlamaChat` needs a spare position in the context, and moves the context when it has none: the oldest part would silently be
 * forgotten. So an answer ends one token earlier.
 */
const SPARE_TOKENS = 1

/** A model in memory, in this process. */
export class LoadedModel {
  readonly contextLength: number
  readonly #model: LlamaModel
  readonly #chatWrapper: ChatWrapper
  readonly #slots: FreeSlots<Slot>

  constructor({ model, chatWrapper, slots, contextLength }: ModelParts) {
    this.contextLength = contextLength
    this.#model = model
    this.#chatWrapper = chatWrapper
    this.#slots = new FreeSlots(slots)
  }

  /** Prompt tokens, chat template and the opening of the answer included. */
  count(messages: readonly ChatMessage[]): number {
    return this.#countWith(messages, "")
  }

  /** Sequences are emptied after each generation: nothing of one client's prompt is left for the next. */
  async generate(generation: Generation, onText: (text: string, tokens: number) => void, stop: AbortSignal): Promise<GenerationEnd> {
    if (generation.request.task !== "chat") return { type: "failed", message: "this engine only chats" }
    const { messages } = generation.request
    const promptTokens = this.count(messages)
    const used = generation.deliveredText === "" ? promptTokens : this.#countWith(messages, generation.deliveredText)
    const room = this.contextLength - SPARE_TOKENS - used
    if (room < 1) return { type: "context_exceeded", promptTokens, contextLength: this.contextLength }
    const maxTokens = Math.min(room, generation.maxOutputTokens)
    if (maxTokens < 1) return { type: "generated", generated: { finishReason: "length", promptTokens, completionTokens: 0 } }
    const slot = await this.#freeSlot(stop)
    if (slot === null) return { type: "aborted" }
    try {
      slot.stop = stop
      return await this.#answer(slot, { generation, maxTokens, promptTokens }, onText, stop)
    } finally {
      await slot.sequence.clearHistory()
      slot.stop = null
      this.#slots.giveBack(slot)
    }
  }

  /** Null when nobody waits for it any more. */
  async #freeSlot(stop: AbortSignal): Promise<Slot | null> {
    if (stop.aborted) return null
    const next = this.#slots.take()
    const { promise: left, resolve } = Promise.withResolvers<null>()
    const leave = (): void => resolve(null)
    stop.addEventListener("abort", leave)
    const slot = await Promise.race([next, left])
    stop.removeEventListener("abort", leave)
    if (slot === null) void next.then((late) => this.#slots.giveBack(late))
    return slot
  }

  #countWith(messages: readonly ChatMessage[], deliveredText: string): number {
    const { contextText } = this.#chatWrapper.generateContextState({ chatHistory: chatHistory(messages, deliveredText) })
    return contextText.tokenize(this.#model.tokenizer).length
  }

  async #answer(
    { chat }: Slot,
    task: { readonly generation: Generation; readonly maxTokens: number; readonly promptTokens: number },
    onText: (text: string, tokens: number) => void,
    stop: AbortSignal,
  ): Promise<GenerationEnd> {
    const { generation: { request, deliveredText }, maxTokens, promptTokens } = task
    if (request.task !== "chat") return { type: "failed", message: "this engine only chats" }
    let completionTokens = 0
    const stops = new StopStrings(request.sampling.stop ?? [], (text, tokens) => {
      completionTokens += tokens
      onText(text, tokens)
    })
    const complete = new AbortController()
    const generated = (finishReason: "stop" | "length"): GenerationEnd => ({
      type: "generated",
      generated: { finishReason, promptTokens, completionTokens },
    })
    try {
      const { metadata } = await chat.generateResponse(chatHistory(request.messages, deliveredText), {
        ...samplingOptions(request.sampling, this.#model.tokenize(deliveredText), this.contextLength),
        maxTokens,
        signal: AbortSignal.any([stop, complete.signal]),
        stopOnAbortSignal: true,
        // Thoughts are not part of the visible text, but they were computed: they count.
        onResponseChunk: ({ type, text, tokens }) => {
          if (text === "" && tokens.length === 0) return
          if (stops.take(type === undefined ? text : "", tokens.length)) complete.abort()
        },
      })
      if (complete.signal.aborted) return generated("stop")
      if (stop.aborted) return { type: "aborted" }
      stops.finish()
      if (metadata.stopReason !== "maxTokens") return generated("stop")
      // The beginning of a character that was cut off is no text, but it was computed.
      const unseen = maxTokens - completionTokens
      if (unseen > 0) stops.take("", unseen)
      return generated("length")
    } catch (cause) {
      if (complete.signal.aborted) return generated("stop")
      if (stop.aborted) return { type: "aborted" }
      throw cause
    }
  }
}
