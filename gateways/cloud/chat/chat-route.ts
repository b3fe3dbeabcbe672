import type { Route } from "../../http/routes.ts"
import { eventStream } from "../conversation/event-stream.ts"
import type { Order } from "../conversation/order.ts"
import { readTraced } from "../conversation/read-traced.ts"
import { ROUTING_PARAMETERS } from "../conversation/routing-headers.ts"
import { type InferenceDeps, serveOrder } from "../conversation/serve-order.ts"
import { wholeReply } from "../conversation/whole-reply.ts"
import { inferenceAnswer, INFERENCE_PROBLEMS } from "../conversation/inference-answers.ts"
import { INFERENCE_LIMITS } from "../conversation/inference-limits.ts"
import { ChatCompletionChunk, chatStream } from "./chat-chunks.ts"
import { ChatCompletion, wholeChat } from "./chat-completion.ts"
import { ChatRequest } from "./chat-request.ts"
import { type ChatOrder, readChatRequest } from "./read-chat-request.ts"
import { REFUSED_PARAMETERS } from "./refused-parameters.ts"

const refusedNames = Object.keys(REFUSED_PARAMETERS).join(", ")

const WORK = "POST /v1/chat/completions"

export const chatRoute = (deps: InferenceDeps): Route => ({
  method: "POST", path: "/v1/chat/completions", operationId: "createChatCompletion", access: "inference", requestLimit: "counted",
  summary: "Asks a model of the network.",
  description:
    "Served as by OpenAI. What the model does not offer (its `tasks` and `features` at `/v1/models`) is refused by name, and so are, unless their " +
    `value changes nothing: ${refusedNames}. Unknown fields are ignored.`,
  body: { "application/json": ChatRequest },
  limits: INFERENCE_LIMITS,
  parameters: ROUTING_PARAMETERS,
  answers: { 200: inferenceAnswer({ "application/json": ChatCompletion, "text/event-stream": ChatCompletionChunk }) },
  problems: INFERENCE_PROBLEMS,
  later: readChatRequest,
  handle: (call) => serveOrder(deps, call, readTraced(deps, call, { work: WORK, read: () => toOrder(readChatRequest(call.request.body)) })),
})

const toOrder = (order: ChatOrder): Order => ({
  ...order,
  work: WORK,
  idPrefix: "chatcmpl-",
  prompts: [{ request: order.task, param: "messages" }],
  writer: (reply, head) => (order.stream ? eventStream(reply, chatStream(head, order)) : wholeReply(reply, wholeChat(head, order))),
})
