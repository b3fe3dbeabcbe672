import { type AnswerRecord, MalformedRecord, MAX_ANSWER_BYTES, piecesOf, RECORD_SEPARATOR } from "#domain/protocol/answer-text.ts"
import type { FinishReason } from "#domain/job/index.ts"
import type { ChatTask, EmbeddingTask, InferenceRequest } from "#domain/protocol/inference-request.ts"
import { MAX_CALLS, MAX_CHARACTERS_PER_LOGPROB, MAX_DIMENSIONS, UNIT_LENGTH_TOLERANCE } from "./limits.ts"

/** What a node says is not what it was asked for; the message holds no content. */
export class WrongAnswer extends Error {}

/** Sizes of a part of an answer, as the network sees them. */
export interface Seen {
  /** What the model said: text, and the words of calls. */
  readonly characters: number
  /** Log probabilities beside it. */
  readonly logprobs: number
}

const NOTHING_SEEN: Seen = { characters: 0, logprobs: 0 }

/** Reads along what a node answers to one request. Every method throws `WrongAnswer`. */
export class AnswerCheck {
  readonly #request: InferenceRequest
  #bytes: number
  #calls = 0
  #vectors = 0
  #dimensions: number | null

  constructor(request: InferenceRequest, deliveredText: string) {
    this.#request = request
    this.#bytes = Buffer.byteLength(deliveredText)
    this.#dimensions = request.task === "embedding" ? (request.dimensions ?? null) : null
    for (const piece of piecesOf(deliveredText)) {
      if (piece.type === "tool_call") this.#calls += 1
      if (piece.type === "embedding") this.#vectors += 1
    }
  }

  take(text: string): Seen {
    if (text === "") return NOTHING_SEEN
    this.#bytes += Buffer.byteLength(text)
    if (this.#bytes > MAX_ANSWER_BYTES) return wrong(`an answer of more than ${MAX_ANSWER_BYTES} bytes`)
    if (!text.includes(RECORD_SEPARATOR)) return this.#text(text)
    if (text.lastIndexOf(RECORD_SEPARATOR) > text.lastIndexOf("\n")) return wrong("a record is cut")
    const seen = pieces(text).map((piece) => (piece.type === "text" ? this.#text(piece.text) : this.#record(piece)))
    return {
      characters: seen.reduce((sum, { characters }) => sum + characters, 0),
      logprobs: seen.reduce((sum, { logprobs }) => sum + logprobs, 0),
    }
  }

  /** Most characters of log probabilities beside so many tokens. */
  mostLogprobCharacters(tokens: number): number {
    const top = this.#request.task === "embedding" ? undefined : this.#request.sampling.top_logprobs
    return top === undefined ? 0 : tokens * (top + 1) * MAX_CHARACTERS_PER_LOGPROB
  }

  end(finishReason: FinishReason | "cancelled"): void {
    if (finishReason === "cancelled") return
    if (this.#request.task === "embedding" && this.#vectors !== this.#request.inputs.length) {
      return wrong(`${this.#vectors} vectors for ${this.#request.inputs.length} inputs`)
    }
    if ((finishReason === "tool_calls") !== this.#calls > 0) return wrong(`finish_reason ${finishReason} after ${this.#calls} tool calls`)
    const choice = this.#request.task === "chat" && this.#request.tools !== undefined ? (this.#request.toolChoice ?? "auto") : "auto"
    if (choice !== "auto" && finishReason === "stop") return wrong("no tool was called where a call is required")
  }

  #text({ length }: string): Seen {
    return this.#request.task === "embedding" ? wrong("text where only vectors are due") : { characters: length, logprobs: 0 }
  }

  #record(record: AnswerRecord): Seen {
    switch (record.type) {
      case "tool_call":
        this.#call(this.#request, record.call)
        return { characters: record.call.name.length + record.call.arguments.length, logprobs: 0 }
      case "embedding":
        this.#vector(this.#request, record.vector)
        return NOTHING_SEEN
      case "logprobs": {
        const top = this.#request.task === "embedding" ? undefined : this.#request.sampling.top_logprobs
        if (top === undefined) return wrong("log probabilities that nobody asked for")
        if (record.tokens.some((token) => token.top.length > top)) return wrong(`more than ${top} alternatives to a token`)
        return { characters: 0, logprobs: JSON.stringify(record.tokens).length }
      }
    }
  }

  #call(request: InferenceRequest, call: Extract<AnswerRecord, { type: "tool_call" }>["call"]): void {
    const { tools = [], toolChoice = "auto", parallelToolCalls = true }: Partial<ChatTask> = request.task === "chat" ? request : {}
    if (!tools.some(({ name }) => name === call.name)) return wrong("a call of a tool that was not offered")
    if (typeof toolChoice === "object" && toolChoice.name !== call.name) return wrong("a call of another tool than the named one")
    if (!isObject(call.arguments)) return wrong("a call's arguments are no JSON object")
    this.#calls += 1
    if (this.#calls > (parallelToolCalls ? MAX_CALLS : 1)) return wrong(`${this.#calls} tool calls`)
  }

  #vector(request: InferenceRequest, vector: string): void {
    if (request.task !== "embedding") return wrong("a vector that nobody asked for")
    const numbers = numbersOf(vector)
    if (numbers.length === 0 || numbers.length > MAX_DIMENSIONS) return wrong(`a vector of ${numbers.length} numbers`)
    this.#dimensions ??= numbers.length
    if (numbers.length !== this.#dimensions) return wrong(`a vector of ${numbers.length} numbers where ${this.#dimensions} are due`)
    const length = Math.sqrt(numbers.reduce((sum, number) => sum + number * number, 0))
    // NaN is not within it either.
    if (!(Math.abs(length - 1) <= UNIT_LENGTH_TOLERANCE)) return wrong("a vector that is not of unit length")
    this.#vectors += 1
    if (this.#vectors > inputsOf(request)) return wrong("more vectors than inputs")
  }
}

const wrong = (message: string): never => {
  throw new WrongAnswer(message)
}

const inputsOf = ({ inputs }: EmbeddingTask): number => inputs.length

const pieces = (text: string) => {
  try {
    return piecesOf(text)
  } catch (cause) {
    return cause instanceof MalformedRecord ? wrong("a record that is none") : wrong("an unreadable record")
  }
}

const isObject = (json: string): boolean => {
  try {
    const value: unknown = JSON.parse(json)
    return typeof value === "object" && value !== null && !Array.isArray(value)
  } catch {
    return false
  }
}

/** Little-endian float32 in base64; none when it is something else. */
const numbersOf = (vector: string): readonly number[] => {
  const bytes = Buffer.from(vector, "base64")
  if (bytes.length % 4 !== 0 || bytes.toString("base64") !== vector) return []
  return Array.from({ length: bytes.length / 4 }, (_, index) => bytes.readFloatLE(index * 4))
}
