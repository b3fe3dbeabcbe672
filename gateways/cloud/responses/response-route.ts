import type { Call, Route } from "../../http/routes.ts"
import type { Caller } from "../../http/authenticate.ts"
import { inferenceAnswer, INFERENCE_PROBLEMS } from "../conversation/inference-answers.ts"
import { INFERENCE_LIMITS } from "../conversation/inference-limits.ts"
import type { Order } from "../conversation/order.ts"
import { ROUTING_PARAMETERS } from "../conversation/routing-headers.ts"
import { type InferenceDeps, serveOrder } from "../conversation/serve-order.ts"
import { conversationOf } from "./conversation-before.ts"
import { inResponseTerms } from "./in-response-terms.ts"
import { withIds } from "./input-items.ts"
import { toTurns } from "./item-messages.ts"
import { type ResponseOrder, readResponseRequest } from "./read-response-request.ts"
import { REFUSED_IN_RESPONSES } from "./refused-in-responses.ts"
import type { ResponseArchive } from "./response-archive.ts"
import { ResponseBody } from "./response-body.ts"
import { ResponseStreamEvent } from "./response-events.ts"
import { RESPONSE_PREFIX } from "./response-ids.ts"
import { ResponseRequest } from "./response-request.ts"
import { streamedResponse, wholeResponse } from "./response-writer.ts"

export interface ResponseDeps extends InferenceDeps {
  readonly archive: ResponseArchive
}

const refusedNames = Object.keys(REFUSED_IN_RESPONSES).join(", ")

export const responseRoute = (deps: ResponseDeps): Route => ({
  method: "POST", path: "/v1/responses", operationId: "createResponse", access: "inference", requestLimit: "counted",
  summary: "Asks a model of the network, in items.",
  description:
    "Served as by OpenAI, with tools that are functions of the client. A response is kept, encrypted, as long as its namespace keeps content, " +
    `unless \`store\` is false. Refused by name, unless their value changes nothing: ${refusedNames}. Unknown fields are ignored.`,
  body: { "application/json": ResponseRequest },
  limits: INFERENCE_LIMITS,
  parameters: ROUTING_PARAMETERS,
  answers: {
    200: {
      ...inferenceAnswer({ "application/json": ResponseBody, "text/event-stream": ResponseStreamEvent }),
      description: "The response; with `stream` as server-sent events, the last of which has the whole response.",
    },
  },
  problems: { ...INFERENCE_PROBLEMS, 404: "There is no such model, response before or item." },
  handle: async (call) => {
    const order = await toOrder(deps, call, readResponseRequest(call.request.body))
    return serveOrder(deps, call, order).catch((error: unknown) => {
      throw inResponseTerms(error)
    })
  },
})

const toOrder = async ({ archive, now }: ResponseDeps, { caller: { namespaceId } }: Call<Caller>, order: ResponseOrder): Promise<Order> => {
  const { models, stream, maxOutputTokens, instructions, settings, task } = order
  const { items, given } = await conversationOf(archive, namespaceId, order)
  const turns = toTurns(items, given)
  const messages = instructions === null ? turns : [{ role: "system" as const, content: instructions }, ...turns]
  return {
    work: "POST /v1/responses",
    idPrefix: RESPONSE_PREFIX,
    models, stream, maxOutputTokens,
    n: 1,
    prompts: [{ request: { ...task, messages }, param: "input" }],
    writer: (reply, head) => {
      const answered = withIds(items, head.id)
      const writing = {
        settings, now,
        inputs: answered.length,
        keep: (response: ResponseBody) => archive.keep(namespaceId, { response, items: answered, given }),
      }
      return stream ? streamedResponse(reply, head, writing) : wholeResponse(reply, head, writing)
    },
  }
}
