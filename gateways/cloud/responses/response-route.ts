import type { Call, Route } from "../../http/routes.ts"
import type { Caller } from "../../http/authenticate.ts"
import { inferenceAnswer, INFERENCE_PROBLEMS } from "../conversation/inference-answers.ts"
import { INFERENCE_LIMITS } from "../conversation/inference-limits.ts"
import type { Order } from "../conversation/order.ts"
import { invalidValue } from "../conversation/read-fields.ts"
import { ROUTING_PARAMETERS } from "../conversation/routing-headers.ts"
import { type InferenceDeps, serveOrder } from "../conversation/serve-order.ts"
import type { BackgroundResponses } from "./background-responses.ts"
import { conversationOf } from "./conversation-before.ts"
import { inResponseTerms } from "./in-response-terms.ts"
import { withIds } from "./input-items.ts"
import { toTurns } from "./item-messages.ts"
import { type ResponseOrder, readResponseRequest } from "./read-response-request.ts"
import { REFUSED_IN_RESPONSES } from "./refused-in-responses.ts"
import type { ResponseArchive } from "./response-archive.ts"
import { ResponseBody } from "./response-body.ts"
import { ResponseStreamEvent } from "./response-events.ts"
import { createdAt, jobOfResponse, RESPONSE_ID_HEADER, RESPONSE_PREFIX } from "./response-ids.ts"
import { ResponseRequest } from "./response-request.ts"
import { streamedResponse, wholeResponse } from "./response-writer.ts"

export interface ResponseDeps extends InferenceDeps {
  readonly archive: ResponseArchive
  readonly inBackground: BackgroundResponses
}

interface Ordered {
  readonly call: Call<Caller>
  readonly order: ResponseOrder
  /** That its client was given already; null: its job's. */
  readonly responseId: string | null
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
  later: (body) => {
    if (readResponseRequest(body).settings.background) throw invalidValue("background", "together with `Prefer: respond-async` it must be false")
  },
  handle: async (call) => {
    const order = readResponseRequest(call.request.body)
    const responseId = givenId(deps, call)
    if (order.settings.background && responseId === null) return beginInBackground(deps, call, order)
    return serveOrder(deps, call, await toOrder(deps, { call, order, responseId })).catch((error: unknown) => {
      throw inResponseTerms(error)
    })
  },
})

/** Of a response that this gateway makes in the background: it asks itself. */
const givenId = ({ taskOf }: ResponseDeps, { request }: Call<Caller>): string | null => {
  const id = request.headers[RESPONSE_ID_HEADER]
  return taskOf(request)?.mode === "polling" && typeof id === "string" ? id : null
}

/** What can be seen to be wrong now is not found out later. */
const beginInBackground = async (deps: ResponseDeps, call: Call<Caller>, order: ResponseOrder): Promise<ResponseBody> => {
  const { items, given } = await conversationOf(deps.archive, call.caller.namespaceId, order)
  toTurns(items, given)
  const [model] = order.models.names
  const absence = deps.models.find(model) === null ? await deps.models.absence(model) : null
  if (absence?.status === 404) throw absence
  return deps.inBackground.begin(call, order)
}

const toOrder = async ({ archive, now }: ResponseDeps, { call, order, responseId }: Ordered): Promise<Order> => {
  const { models, stream, maxOutputTokens, instructions, settings, task } = order
  const { namespaceId } = call.caller
  const { items, given } = await conversationOf(archive, namespaceId, order)
  const turns = toTurns(items, given)
  const messages = instructions === null ? turns : [{ role: "system" as const, content: instructions }, ...turns]
  return {
    work: "POST /v1/responses",
    idPrefix: RESPONSE_PREFIX,
    models, stream, maxOutputTokens,
    n: 1,
    prompts: [{ request: { ...task, messages }, param: "input" }],
    writer: (reply, ownHead) => {
      const jobId = jobOfResponse(ownHead.id)
      if (jobId === null) throw new Error("a response has an id that is none")
      const head = responseId === null ? ownHead : { ...ownHead, id: responseId, created: createdAt(responseId) }
      const answered = withIds(items, head.id)
      const writing = {
        settings, now,
        inputs: answered.length,
        keep: (response: ResponseBody) => archive.keep({ namespaceId, jobId }, { response, items: answered, given }),
      }
      return stream ? streamedResponse(reply, head, writing) : wholeResponse(reply, head, writing)
    },
  }
}
