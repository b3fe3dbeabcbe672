import { Result, Schema } from "effect"
import type { ChatTask } from "#domain/protocol/inference-request.ts"
import { badRequest } from "../../http/api-error.ts"
import { schemaProblem } from "../../http/schema-problem.ts"
import { firstRefused } from "../chat/refused-parameters.ts"
import type { AskedModels } from "../conversation/order.ts"
import { invalidValue, readModels, readStream, toSampling, unsupported, wellFormed } from "../conversation/read-fields.ts"
import { type ReadItem, readInput } from "./input-items.ts"
import { INCLUDABLE, LOGPROBS, REFUSED_IN_RESPONSES } from "./refused-in-responses.ts"
import { type ResponseSettings, settingsOf } from "./response-body.ts"
import { ResponseRequest } from "./response-request.ts"
import { toAnswerFormat, toTools } from "./response-tools.ts"

/** What a client ordered, checked; without what it refers to. */
export interface ResponseOrder {
  readonly models: AskedModels
  readonly stream: boolean
  /** Null: the client named no limit. */
  readonly maxOutputTokens: number | null
  readonly instructions: string | null
  readonly previousId: string | null
  readonly input: readonly ReadItem[]
  readonly task: Omit<ChatTask, "messages">
  /** As the response repeats them. */
  readonly settings: ResponseSettings
}

const decode = Schema.decodeUnknownResult(ResponseRequest)

/** Reads a body that was parsed as JSON, or throws the 400 that names what is wrong with it. */
export const readResponseRequest = (body: unknown): ResponseOrder => {
  if (typeof body !== "object" || body === null || Array.isArray(body)) {
    throw badRequest({ code: "invalid_type", message: "The request body must be a JSON object." })
  }
  const refused = firstRefused(body, REFUSED_IN_RESPONSES, "")
  if (refused !== null) throw refused
  const decoded = decode(body)
  if (Result.isFailure(decoded)) throw schemaProblem(decoded.failure.issue)
  const asked = decoded.success
  if (asked.background ?? false) checkBackground(asked)
  const format = toAnswerFormat(asked.text?.format ?? { type: "text" })
  const instructions = asked.instructions ?? null
  const task = {
    task: "chat",
    ...toTools(asked),
    ...(format !== null && { format }),
    sampling: toSampling(asked, topLogprobs(asked)),
  } as const
  return {
    stream: readStream(asked).stream,
    models: oneAnswerOf(asked),
    maxOutputTokens: asked.max_output_tokens ?? null,
    instructions: instructions === null ? null : wellFormed(instructions, "instructions"),
    previousId: asked.previous_response_id ?? null,
    input: readInput(asked.input),
    task,
    settings: settingsOf(asked),
  }
}

/** It is polled: what is not kept could never be seen. */
const checkBackground = ({ stream, store }: ResponseRequest): void => {
  if (stream ?? false) throw unsupported("stream", "a response in the background is polled, not streamed")
  if (store === false) throw unsupported("store", "a response in the background has to be kept")
}

/** A response is one model's: others may only stand in for it. */
const oneAnswerOf = (asked: ResponseRequest): AskedModels => {
  const models = readModels(asked)
  if (models.use === "all" || models.use === "first") throw unsupported("resultity.multimodel", "in responses, only fallback is supported")
  return models
}

/** Null: no log probabilities are wanted. */
const topLogprobs = ({ include, top_logprobs }: ResponseRequest): number | null => {
  const wanted = include ?? []
  const unknown = wanted.findIndex((one) => !INCLUDABLE.some((other) => other === one))
  if (unknown >= 0) throw invalidValue(`include[${unknown}]`, `expected one of ${INCLUDABLE.join(", ")}`)
  const alternatives = top_logprobs ?? 0
  return wanted.includes(LOGPROBS) || alternatives > 0 ? alternatives : null
}
