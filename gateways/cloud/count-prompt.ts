import { Effect, Result } from "effect"
import type { BusShape } from "#commands/ports/bus.ts"
import { type CountReply, type CountRequest, countSubject } from "#domain/protocol/bus-messages.ts"
import { badRequest, unavailable } from "../http/api-error.ts"
import { noNode } from "./served-models.ts"

/** For a node to count a prompt. */
export const COUNT_TIMEOUT_MS = 10_000

export interface PromptSize {
  readonly promptTokens: number
  /** Of the model: prompt and answer together. */
  readonly contextLength: number
}

/** The network's own count of the prompt, by a node that serves the model; throws when it does not leave room for one token. */
export const countPrompt = async (bus: BusShape, request: CountRequest): Promise<PromptSize> => {
  const asked = bus.request(countSubject(request.model), request, COUNT_TIMEOUT_MS)
  const answer = await Effect.runPromise(Effect.result(asked))
  if (Result.isFailure(answer)) throw noNode(request.model)
  const reply = answer.success as CountReply
  if (!reply.ok) {
    if (reply.reason === "no_node") throw noNode(request.model)
    throw unavailable("count_failed", "The prompt's tokens could not be counted. Please try again.")
  }
  const { tokens: promptTokens, contextLength } = reply
  if (promptTokens + 1 > contextLength) throw contextExceeded({ promptTokens, contextLength })
  return { promptTokens, contextLength }
}

const contextExceeded = ({ promptTokens, contextLength }: PromptSize) =>
  badRequest({
    code: "context_length_exceeded", param: "messages",
    message:
      `This model's maximum context length is ${contextLength} tokens. However, your messages resulted in ${promptTokens} tokens, ` +
      "which leaves no room for an answer. Please reduce the length of the messages.",
  })
