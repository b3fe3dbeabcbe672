import type { LlamaModel } from "node-llama-cpp"
import type { InferenceRequest } from "#domain/protocol/inference-request.ts"
import { piecesOf, saidText } from "#domain/protocol/answer-text.ts"
import { FreeSlots } from "#node/free-slots.ts"
import type { Generation, PromptSize } from "#node/ports/inference-engine.ts"
import { answerChat } from "./answer-chat.ts"
import { answerCompletion, continuation, promptOf } from "./answer-completion.ts"
import type { Answering } from "./answering.ts"
import { chatHistory } from "./chat-history.ts"
import { checkEmbedding, embed, embeddingSize } from "./embed.ts"
import type { ModelParts, Slot } from "./model-parts.ts"
import { readChat, type ReadChat } from "./read-chat.ts"
import { TooLong, Unsupported } from "./refusals.ts"
import { biasOption } from "./sampling.ts"
import type { OnText } from "./spoken-answer.ts"
import type { GenerationEnd, LoadedFacts } from "./worker-messages.ts"

/**
 * `LlamaChat` needs a spare position in the context, and moves the context when it has none: the oldest part would silently be
 * forgotten. So an answer ends one token earlier.
 */
const SPARE_TOKENS = 1

type SpokenRequest = Exclude<InferenceRequest, { task: "embedding" }>

/** A request for text, read and found possible. */
interface Spoken {
  /** Tokens that are evaluated before the first new one, when so much of the answer is there already. */
  readonly tokensBefore: (said: string) => number
  readonly answer: (answering: Answering) => Promise<GenerationEnd>
}

/** A model in memory, in this process. Its methods throw `Unsupported` and `UnsupportedSchema` for what it cannot do. */
export class LoadedModel {
  readonly facts: LoadedFacts
  readonly #parts: ModelParts
  readonly #slots: FreeSlots<Slot>

  constructor(parts: ModelParts) {
    const { contextLength, tasks, features } = parts
    this.facts = { contextLength, tasks, features }
    this.#parts = parts
    this.#slots = new FreeSlots(parts.slots)
  }

  /** Tokens that are evaluated before the first new one: chat template, tools and the opening of the answer included. */
  async count(request: InferenceRequest): Promise<PromptSize> {
    if (request.task === "embedding") {
      checkEmbedding(request, this.#parts)
      return embeddingSize(request, this.#parts)
    }
    const tokens = this.#read(request).tokensBefore("")
    return { tokens, longest: tokens }
  }

  async generate(generation: Generation, onText: OnText, stop: AbortSignal): Promise<GenerationEnd> {
    const { request, deliveredText } = generation
    try {
      if (request.task !== "embedding") return await this.#speak(generation, request, onText, stop)
      checkEmbedding(request, this.#parts)
      return await embed(request, this.#parts, { deliveredText, onText, stop })
    } catch (cause) {
      if (cause instanceof TooLong) return { type: "context_exceeded", promptTokens: cause.promptTokens, contextLength: this.facts.contextLength }
      throw cause
    }
  }

  /** Sequences are emptied after each generation: nothing of one client's prompt is left for the next. */
  async #speak(generation: Generation, request: SpokenRequest, onText: OnText, stop: AbortSignal): Promise<GenerationEnd> {
    const spoken = this.#read(request)
    const { deliveredText, maxOutputTokens } = generation
    const promptTokens = spoken.tokensBefore("")
    // The calls of an answer come all at once, and last.
    const hasCalled = deliveredText !== "" && piecesOf(deliveredText).some(({ type }) => type === "tool_call")
    if (hasCalled) return { type: "generated", generated: { finishReason: "tool_calls", promptTokens, completionTokens: 0 } }
    const used = deliveredText === "" ? promptTokens : spoken.tokensBefore(saidText(deliveredText))
    const room = this.facts.contextLength - SPARE_TOKENS - used
    if (room < 1) throw new TooLong(promptTokens)
    const maxTokens = Math.min(room, maxOutputTokens)
    if (maxTokens < 1) return { type: "generated", generated: { finishReason: "length", promptTokens, completionTokens: 0 } }
    const slot = await this.#freeSlot(stop)
    if (slot === null) return { type: "aborted" }
    try {
      slot.stop = stop
      return await spoken.answer({ parts: this.#parts, slot, generation, promptTokens, maxTokens, onText, stop })
    } finally {
      slot.watch = null
      await slot.sequence.clearHistory()
      slot.stop = null
      this.#slots.giveBack(slot)
    }
  }

  #read(request: SpokenRequest): Spoken {
    const { model, vocabulary, chatWrapper, tasks } = this.#parts
    if (!tasks.includes(request.task)) throw new Unsupported(`this model does not do tasks of the kind ${request.task}`)
    biasOption(request.sampling, model, vocabulary)
    if (request.task === "completion") {
      const prompt = promptOf(request, this.#parts).length
      return {
        tokensBefore: (said) => prompt + continuation(model, said).length,
        answer: (answering) => answerCompletion(answering, request),
      }
    }
    const chat = readChat(request, chatWrapper)
    return { tokensBefore: (said) => chatTokens(chat, said, model), answer: (answering) => answerChat(answering, chat) }
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
}

const chatTokens = ({ wrapper, messages }: ReadChat, said: string, model: LlamaModel): number =>
  wrapper.generateContextState({ chatHistory: chatHistory(messages, said) }).contextText.tokenize(model.tokenizer).length
