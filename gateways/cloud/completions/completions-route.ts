import type { Route } from "../../http/routes.ts"
import { eventStream } from "../conversation/event-stream.ts"
import { inferenceAnswer, INFERENCE_PROBLEMS } from "../conversation/inference-answers.ts"
import { INFERENCE_LIMITS } from "../conversation/inference-limits.ts"
import type { Order } from "../conversation/order.ts"
import { readTraced } from "../conversation/read-traced.ts"
import { ROUTING_PARAMETERS } from "../conversation/routing-headers.ts"
import { type InferenceDeps, serveOrder } from "../conversation/serve-order.ts"
import { wholeReply } from "../conversation/whole-reply.ts"
import { CompletionRequest } from "./completion-request.ts"
import { type CompletionOrder, readCompletionRequest } from "./read-completion-request.ts"
import { textStream } from "./text-chunks.ts"
import { TextCompletion, TextCompletionChunk, wholeText } from "./text-completion.ts"

const WORK = "POST /v1/completions"

export const completionsRoute = (deps: InferenceDeps): Route => ({
  method: "POST", path: "/v1/completions", operationId: "createCompletion", access: "inference", requestLimit: "counted",
  summary: "Goes on with a text, without a chat template.",
  description: "For models whose `tasks` have `completion`. Choices stand in the order of the prompts, `n` for each.",
  body: { "application/json": CompletionRequest },
  limits: INFERENCE_LIMITS,
  parameters: ROUTING_PARAMETERS,
  answers: { 200: inferenceAnswer({ "application/json": TextCompletion, "text/event-stream": TextCompletionChunk }) },
  problems: INFERENCE_PROBLEMS,
  later: readCompletionRequest,
  handle: (call) => serveOrder(deps, call, readTraced(deps, call, { work: WORK, read: () => toOrder(readCompletionRequest(call.request.body)) })),
})

const toOrder = (order: CompletionOrder): Order => ({
  ...order,
  work: WORK,
  idPrefix: "cmpl-",
  prompts: order.tasks.map((request) => ({ request, param: "prompt" })),
  writer: (reply, head) => {
    // Answers come by model, within that by prompt, and then `n` of each.
    const prompts = order.echoes.length
    const options = { ...order, echo: (answer: number) => order.echoes[Math.floor(answer / order.n) % prompts] ?? "" }
    return order.stream ? eventStream(reply, textStream(head, options)) : wholeReply(reply, wholeText(head, options))
  },
})
