import { Result, Schema } from "effect"
import type { ChatTask } from "#domain/protocol/inference-request.ts"
import { badRequest } from "../../http/api-error.ts"
import { schemaProblem } from "../../http/schema-problem.ts"
import { invalidValue, readModels, readStream, toSampling } from "../conversation/read-fields.ts"
import type { AskedModels } from "../conversation/order.ts"
import { toChatMessages } from "./chat-messages.ts"
import { ChatRequest } from "./chat-request.ts"
import { toAnswerFormat, toTools } from "./chat-tools.ts"
import { refusedParameter } from "./refused-parameters.ts"

/** What a client ordered, checked. */
export interface ChatOrder {
  readonly models: AskedModels
  readonly stream: boolean
  readonly includeUsage: boolean
  readonly logprobs: boolean
  readonly n: number
  /** Null: the client named no limit. */
  readonly maxOutputTokens: number | null
  readonly task: ChatTask
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
  const format = toAnswerFormat(chat.response_format ?? { type: "text" })
  return {
    ...readStream(chat),
    models: readModels(chat),
    logprobs: chat.logprobs ?? false,
    n: chat.n ?? 1,
    maxOutputTokens: chat.max_completion_tokens ?? chat.max_tokens ?? null,
    task: {
      task: "chat",
      messages: toChatMessages(chat.messages),
      ...toTools(chat),
      ...(format !== null && { format }),
      sampling: toSampling(chat, topLogprobs(chat)),
    },
  }
}

/** Null: no log probabilities are wanted. */
const topLogprobs = ({ logprobs, top_logprobs }: ChatRequest): number | null => {
  if (logprobs ?? false) return top_logprobs ?? 0
  if ((top_logprobs ?? 0) > 0) throw invalidValue("top_logprobs", "it is only allowed when 'logprobs' is true")
  return null
}
