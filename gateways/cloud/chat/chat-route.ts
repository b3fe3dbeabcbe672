import { Effect, Result } from "effect"
import type { FastifyReply } from "fastify"
import { newJobId } from "#commands/ids.ts"
import type { ChatJob } from "#commands/job/submit-chat.ts"
import type { MetricsShape } from "#commands/ports/metrics.ts"
import type { TracingShape } from "#commands/ports/tracing.ts"
import type { GatewayId, JobId } from "#domain/kernel/ids.ts"
import { type ApiError, unavailable } from "../../http/api-error.ts"
import type { Caller } from "../../http/authenticate.ts"
import type { Route } from "../../http/routes.ts"
import { INFERENCE_LIMITS } from "../inference-limits.ts"
import { ChatCompletion } from "./chat-completion.ts"
import { ChatRequest } from "./chat-request.ts"
import { JobSession, type SessionServices } from "../session/job-session.ts"
import { ChatCompletionChunk } from "./chunks.ts"
import { countPrompt } from "../count-prompt.ts"
import { type ChatOrder, readChatRequest } from "./read-chat-request.ts"
import { REFUSED_PARAMETERS } from "./refused-parameters.ts"
import { RequestTelemetry } from "../request-telemetry.ts"
import type { ServedModels } from "../models/served-models.ts"
import { spendLimitsOf } from "../limits/spend-limits.ts"
import { MAX_SESSIONS, type Sessions } from "../session/sessions.ts"
import { streamSink } from "./stream-sink.ts"
import { submitError } from "../submit-error.ts"
import { wholeSink } from "./whole-sink.ts"

export interface InferenceDeps extends SessionServices {
  readonly gatewayId: GatewayId
  readonly sessions: Sessions
  readonly models: ServedModels
  readonly metrics: MetricsShape
  readonly tracing: TracingShape
}

export const JOB_ID_HEADER = "x-resultity-job-id"

const refusedNames = Object.keys(REFUSED_PARAMETERS).join(", ")

/** Check, count, submit, and hand the job's stream to the client. */
export const chatRoute = (deps: InferenceDeps): Route => ({
  method: "POST", path: "/v1/chat/completions", operationId: "createChatCompletion", access: "inference", requestLimit: "counted",
  summary: "Asks a model of the network.",
  description: `Served as by OpenAI. Refused by name, unless their value changes nothing: ${refusedNames}. Unknown fields are ignored.`,
  body: { "application/json": ChatRequest },
  limits: INFERENCE_LIMITS,
  answers: {
    200: {
      description: "The answer; with `stream` as server-sent events that end with `data: [DONE]`.",
      headers: { [JOB_ID_HEADER]: "The job, for its record and its bill." },
      content: { "application/json": ChatCompletion, "text/event-stream": ChatCompletionChunk },
    },
  },
  problems: {
    404: "There is no such model.", 429: "No credits, or too many requests at once.", 502: "The answer was lost on its way.",
    503: "No node can take it now.", 504: "It took longer than its time limit.",
  },
  handle: async ({ request, reply, caller }) => {
    const gone = hangUp(reply)
    const jobId = newJobId()
    const telemetry = new RequestTelemetry(reply, { ...deps, jobId, caller })
    const order = readChatRequest(request.body)
    const job = await toJob(deps, order, { ...caller, jobId, telemetry })
    if (gone.aborted) return cutOff(reply)
    const error = await converse(deps, { job, order, reply, gone, telemetry })
    if (error !== null) throw error
    return reply
  },
})

interface Asked extends Caller {
  readonly jobId: JobId
  readonly telemetry: RequestTelemetry
}

const toJob = async (deps: InferenceDeps, order: ChatOrder, { jobId, namespaceId, keyId, access, telemetry }: Asked): Promise<ChatJob> => {
  const { model, request, stream } = order
  const { gatewayId, sessions, models, bus } = deps
  if (!models.isServed(model)) throw await models.absence(model)
  if (sessions.open >= MAX_SESSIONS) throw unavailable("gateway_full", "Too many requests are under way. Please try again.")
  const { promptTokens, contextLength } = await telemetry.counting(model, countPrompt(bus, { model, request }))
  const room = contextLength - promptTokens
  const maxOutputTokens = order.maxOutputTokens === null ? null : Math.min(order.maxOutputTokens, room)
  const mode = stream ? "stream" : "sync"
  const spendLimits = spendLimitsOf(access)
  const tokens = { promptTokens, paidPromptTokens: promptTokens, contextLength, maxOutputTokens }
  return { jobId, namespaceId, keyId, gatewayId, model, mode, request, ...tokens, spendLimits }
}

interface Conversation {
  readonly job: ChatJob
  readonly order: ChatOrder
  readonly reply: FastifyReply
  readonly gone: AbortSignal
  readonly telemetry: RequestTelemetry
}

/** Null once the client was answered or is gone; an error when nothing was sent yet. */
const converse = async (deps: InferenceDeps, { job, order, reply, gone, telemetry }: Conversation): Promise<ApiError | null> => {
  const { jobId, model } = job
  reply.header(JOB_ID_HEADER, jobId)
  const head = { id: `chatcmpl-${jobId.slice("job_".length)}`, created: Math.floor(deps.now() / 1000), model }
  const sink = order.stream ? streamSink(reply, head, order.includeUsage) : wholeSink(reply, head)
  const session = new JobSession(job, telemetry.watch(sink), deps)
  deps.sessions.add(session)
  gone.addEventListener("abort", () => session.leave("client_disconnected"))
  await submit(deps, job, session)
  telemetry.submitted()
  const error = await session.answered
  if (session.over) deps.sessions.remove(session)
  if (error === null && gone.aborted) cutOff(reply)
  return error
}

const submit = async ({ jobs, sessions }: InferenceDeps, job: ChatJob, session: JobSession): Promise<void> => {
  const submitted = await Effect.runPromise(Effect.result(jobs.submit([job]))).catch((defect: unknown) => Result.fail(defect))
  const [begun] = Result.isSuccess(submitted) ? submitted.success : []
  if (begun !== undefined) return session.begin(begun)
  session.close()
  sessions.remove(session)
  throw Result.isFailure(submitted) ? submitError(submitted.failure) : new Error("nothing was submitted")
}

/** Aborted when the connection closes before the answer is complete. */
const hangUp = (reply: FastifyReply): AbortSignal => {
  const gone = new AbortController()
  reply.raw.on("close", () => {
    if (!reply.raw.writableFinished) gone.abort()
  })
  return gone.signal
}

/** Nobody is there to be answered. */
const cutOff = (reply: FastifyReply): FastifyReply => {
  reply.hijack()
  reply.raw.destroy()
  return reply
}
