import { Effect, Result } from "effect"
import type { BusShape } from "#commands/ports/bus.ts"
import { type CountReply, type CountRequest, countSubject } from "#domain/protocol/bus-messages.ts"
import { badRequest, unavailable } from "../../http/api-error.ts"
import { noNode } from "../models/served-models.ts"

/** For a node to count a prompt. */
export const COUNT_TIMEOUT_MS = 10_000
/**
 * The process that got the question asks a second node after a second; when it has no answer by then, the question goes to the bus
 * again, where any other process with such nodes may get it.
 */
export const ASK_AGAIN_MS = 2_500

/**
 * A prompt travels in one message to a node, which takes so much. More text than this has no model that reads it; bodies may be larger for
 * what is not text.
 */
export const MAX_PROMPT_BYTES = 1_500_000

export interface PromptSize {
  /** Of the whole prompt: what is paid. */
  readonly promptTokens: number
  /** Of what has to fit into the context at once: the whole prompt, or the longest of several inputs. */
  readonly longest: number
  /** Of the model: prompt and answer together. */
  readonly contextLength: number
}

/**
 * The network's own count of the prompt, by a node that serves the model; throws when it does not leave room for one token. `param` is
 * where the client put it; `contextLength` is what most of the model's nodes have, whichever of them counts.
 */
export const countPrompt = async (
  bus: BusShape,
  request: CountRequest,
  { param, contextLength }: { readonly param: string; readonly contextLength: number },
): Promise<PromptSize> => {
  if (Buffer.byteLength(JSON.stringify(request.request)) > MAX_PROMPT_BYTES) throw promptTooLarge(param)
  const ask = bus.request(countSubject(request.model), request, COUNT_TIMEOUT_MS)
  const again = Effect.andThen(Effect.sleep(ASK_AGAIN_MS), ask).pipe(Effect.flatMap(onlyGood), Effect.catch(() => Effect.never))
  const answer = await Effect.runPromise(Effect.result(Effect.raceFirst(ask, again)))
  if (Result.isFailure(answer)) throw noNode(request.model)
  const reply = answer.success as CountReply
  if (!reply.ok) {
    if (reply.reason === "no_node") throw noNode(request.model)
    if (reply.reason === "unsupported") throw unsupported(reply.message)
    throw unavailable("count_failed", "The prompt's tokens could not be counted. Please try again.")
  }
  const { tokens: promptTokens, longest } = reply
  const size = { promptTokens, longest, contextLength }
  const room = request.request.task === "embedding" ? 0 : 1
  if (longest + room > contextLength) throw contextExceeded(size, param)
  return size
}

/** The second question can only help: whether there is an answer at all is for the first one to say. */
const onlyGood = (reply: unknown) => ((reply as CountReply).ok ? Effect.succeed(reply) : Effect.never)

const NAMED_PARAMETER = /^(response_format|tools|tool_choice|logit_bias|prompt|input|suffix|dimensions)\b/

/** Every node that was asked says that the model cannot do it; the message begins with the parameter. */
const unsupported = (message: string) => {
  const param = NAMED_PARAMETER.exec(message)?.[1]
  return badRequest({ code: "unsupported", message: `This model cannot do what the request asks for: ${message}.`, ...(param === undefined ? {} : { param }) })
}

const promptTooLarge = (param: string) =>
  badRequest({
    code: "context_length_exceeded", param,
    message: `The prompt is larger than ${MAX_PROMPT_BYTES} bytes, which is beyond the maximum context length of every model here. Please shorten it.`,
  })

const contextExceeded = ({ longest, contextLength }: PromptSize, param: string) =>
  badRequest({
    code: "context_length_exceeded", param,
    message:
      `This model's maximum context length is ${contextLength} tokens. However, your ${param} resulted in ${longest} tokens, ` +
      `which leaves no room for an answer. Please reduce the length of the ${param}.`,
  })
