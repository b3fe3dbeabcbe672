import type { Route } from "../../http/routes.ts"
import { inferenceAnswer, INFERENCE_PROBLEMS } from "../conversation/inference-answers.ts"
import { INFERENCE_LIMITS } from "../conversation/inference-limits.ts"
import type { Order } from "../conversation/order.ts"
import { readTraced } from "../conversation/read-traced.ts"
import { ROUTING_PARAMETERS } from "../conversation/routing-headers.ts"
import { type InferenceDeps, serveOrder } from "../conversation/serve-order.ts"
import { wholeReply } from "../conversation/whole-reply.ts"
import { EmbeddingList, embeddingList } from "./embedding-list.ts"
import { EmbeddingRequest } from "./embedding-request.ts"
import { type EmbeddingOrder, readEmbeddingRequest } from "./read-embedding-request.ts"

const WORK = "POST /v1/embeddings"

export const embeddingsRoute = (deps: InferenceDeps): Route => ({
  method: "POST", path: "/v1/embeddings", operationId: "createEmbedding", access: "inference", requestLimit: "counted",
  summary: "A vector for each text.",
  description: "For models whose `tasks` have `embedding`. Vectors have unit length and stand in the order of the inputs.",
  body: { "application/json": EmbeddingRequest },
  limits: INFERENCE_LIMITS,
  parameters: ROUTING_PARAMETERS,
  answers: { 200: inferenceAnswer({ "application/json": EmbeddingList }) },
  problems: INFERENCE_PROBLEMS,
  later: readEmbeddingRequest,
  handle: (call) => serveOrder(deps, call, readTraced(deps, call, { work: WORK, read: () => toOrder(readEmbeddingRequest(call.request.body)) })),
})

/** All inputs are one job: vectors are no output tokens, so the hold has the least that a hold can have, of which nothing is settled. */
const toOrder = ({ model, encoding, task }: EmbeddingOrder): Order => ({
  work: WORK,
  idPrefix: "embd-",
  models: { names: [model], use: "one" },
  stream: false,
  prompts: [{ request: task, param: "input" }],
  n: 1,
  maxOutputTokens: 1,
  writer: (reply, head) =>
    wholeReply(reply, embeddingList(head, { inputs: task.inputs.length, dimensions: task.dimensions ?? null, encoding })),
})
