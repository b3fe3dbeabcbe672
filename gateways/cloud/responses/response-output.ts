import type { FinishReason } from "#domain/job/index.ts"
import type { AnswerPiece, TokenChoice } from "#domain/protocol/answer-text.ts"
import type { ToolCall } from "#domain/protocol/inference-request.ts"
import { itemId } from "./response-ids.ts"
import type { OutputEvent } from "./response-events.ts"
import type { FunctionCallItem, OutputItem, OutputMessage, OutputText, OutputTextLogprob } from "./response-items.ts"

/** Kinds of pieces that a response is made of. */
export const RESPONSE_PIECES = new Set(["text", "tool_call", "logprobs"] as const)

interface OpenMessage {
  readonly id: string
  readonly output_index: number
  text: string
  readonly logprobs: OutputTextLogprob[]
}

/**
 * The items of one response as they come to be, and the events that tell of it: words that follow each other are one message, every call is
 * an item of its own.
 */
export class ResponseOutput {
  readonly #id: string
  readonly #inputs: number
  readonly #done: OutputItem[] = []
  #message: OpenMessage | null = null
  /** Of the text that comes next. */
  #tokens: OutputTextLogprob[] = []

  /** `inputs`: items of the response that were put in, which are counted first. */
  constructor(id: string, inputs: number) {
    this.#id = id
    this.#inputs = inputs
  }

  /** What is there, an open message with the words that it has. */
  get items(): readonly OutputItem[] {
    return this.#message === null ? this.#done : [...this.#done, messageItem(this.#message, "incomplete")]
  }

  add(piece: AnswerPiece): readonly OutputEvent[] {
    switch (piece.type) {
      case "text":
        return this.#say(piece.text)
      case "tool_call":
        return [...this.#close("completed"), ...this.#call(piece.call)]
      case "logprobs":
        this.#tokens.push(...piece.tokens.map(toLogprob))
        return []
      case "embedding":
        throw new Error("a response has no vectors")
    }
  }

  /** An answer without a word is an empty message. */
  finish(reason: FinishReason): readonly OutputEvent[] {
    const rest = this.#tokens.length > 0 || (this.#message === null && this.#done.length === 0) ? this.#say("") : []
    return [...rest, ...this.#close(reason === "length" ? "incomplete" : "completed")]
  }

  #say(delta: string): readonly OutputEvent[] {
    const opening = this.#message === null ? this.#open() : []
    const message = this.#message
    if (message === null) throw new Error("a message was opened and is not there")
    const logprobs = this.#tokens
    this.#tokens = []
    message.text += delta
    message.logprobs.push(...logprobs)
    if (delta === "" && logprobs.length === 0) return opening
    return [...opening, { type: "response.output_text.delta", ...placeOf(message), delta, logprobs }]
  }

  #open(): readonly OutputEvent[] {
    const output_index = this.#done.length
    const message = { id: itemId("message", this.#id, this.#inputs + output_index), output_index, text: "", logprobs: [] }
    this.#message = message
    return [
      { type: "response.output_item.added", output_index, item: { ...messageItem(message, "in_progress"), content: [] } },
      { type: "response.content_part.added", ...placeOf(message), part: partOf(message) },
    ]
  }

  #close(status: "completed" | "incomplete"): readonly OutputEvent[] {
    const message = this.#message
    if (message === null) return []
    this.#message = null
    const item = messageItem(message, status)
    this.#done.push(item)
    const { text, logprobs, output_index } = message
    return [
      { type: "response.output_text.done", ...placeOf(message), text, logprobs },
      { type: "response.content_part.done", ...placeOf(message), part: partOf(message) },
      { type: "response.output_item.done", output_index, item },
    ]
  }

  #call({ id: call_id, name, arguments: args }: ToolCall): readonly OutputEvent[] {
    const output_index = this.#done.length
    const id = itemId("function_call", this.#id, this.#inputs + output_index)
    const item: FunctionCallItem = { id, type: "function_call", call_id, name, arguments: args, status: "completed" }
    this.#done.push(item)
    const place = { item_id: id, output_index }
    return [
      { type: "response.output_item.added", output_index, item: { ...item, arguments: "", status: "in_progress" } },
      { type: "response.function_call_arguments.delta", ...place, delta: args },
      { type: "response.function_call_arguments.done", ...place, name, arguments: args },
      { type: "response.output_item.done", output_index, item },
    ]
  }
}

const placeOf = ({ id, output_index }: OpenMessage) => ({ item_id: id, output_index, content_index: 0 })

const partOf = ({ text, logprobs }: OpenMessage): OutputText => ({ type: "output_text", text, annotations: [], logprobs: [...logprobs] })

const messageItem = (message: OpenMessage, status: OutputMessage["status"]): OutputMessage => ({
  id: message.id, type: "message", role: "assistant", status, content: [partOf(message)],
})

const toLogprob = ({ token, bytes, logprob, top }: TokenChoice): OutputTextLogprob => ({
  token, logprob, bytes: [...bytes],
  top_logprobs: top.map((other) => ({ token: other.token, logprob: other.logprob, bytes: [...other.bytes] })),
})
