import { Result, Schema } from "effect"
import type { InferenceRequest, Sampling } from "#domain/protocol/inference-request.ts"
import { badRequest } from "../../http/api-error.ts"
import { schemaProblem } from "../../http/schema-problem.ts"
import { toChatMessages, wellFormed } from "./chat-messages.ts"
import { ChatRequest } from "./chat-request.ts"
import { refusedParameter } from "./refused-parameters.ts"

/** What a client ordered, checked. */
export interface ChatOrder {
  readonly model: string
  readonly stream: boolean
  readonly includeUsage: boolean
  /** Null: the client named no limit. */
  readonly maxOutputTokens: number | null
  readonly request: InferenceRequest
}

const decode = Schema.decodeUnknownResult(ChatRequest)

/** Reads a body that was parsed as JSON, or throws the 400 that names what is wrong with it. */
export const readChatRequest = (body: unknown): ChatOrder => {
  if (typeof body !== "object" || body === null || Array.isArray(body)) {
    throw badRequest({ code: "invalid_type", message: "The request body must be a JSON object." })
  }
  const refused = refusedParameter(body)
  if (refused !== null) throw refused
  const decoded = decode(body)
  if (Result.isFailure(decoded)) throw schemaProblem(decoded.failure.issue)
  const chat = decoded.success
  const stream = chat.stream ?? false
  const streamOptions = chat.stream_options ?? null
  if (streamOptions !== null && !stream) {
    const message = "The 'stream_options' parameter is only allowed when 'stream' is enabled."
    throw badRequest({ code: "invalid_value", param: "stream_options", message })
  }
  return {
    model: chat.model,
    stream,
    includeUsage: streamOptions?.include_usage ?? false,
    maxOutputTokens: chat.max_completion_tokens ?? chat.max_tokens ?? null,
    request: { task: "chat", messages: toChatMessages(chat.messages), sampling: toSampling(chat) },
  }
}

const toSampling = (chat: ChatRequest): Sampling => {
  const { temperature, top_p, seed, frequency_penalty, presence_penalty } = chat
  const stop = stopStrings(chat.stop ?? [])
  return {
    ...(isGiven(temperature) && { temperature }),
    ...(isGiven(top_p) && { top_p }),
    ...(isGiven(seed) && { seed }),
    ...(isGiven(frequency_penalty) && { frequency_penalty }),
    ...(isGiven(presence_penalty) && { presence_penalty }),
    ...(stop.length > 0 && { stop }),
  }
}

const isGiven = (value: number | null | undefined): value is number => value !== null && value !== undefined

const stopStrings = (stop: string | readonly string[]): readonly string[] => {
  const strings = typeof stop === "string" ? [stop] : stop
  if (strings.includes("")) {
    throw badRequest({ code: "invalid_value", param: "stop", message: "Invalid value for 'stop': a stop string must not be empty." })
  }
  return strings.map((text) => wellFormed(text, "stop"))
}
