import { Effect, Result } from "effect"
import type { FastifyReply } from "fastify"
import { newJobId } from "#commands/ids.ts"
import type { ChatJob } from "#commands/job/submit-chat.ts"
import type { MetricsShape } from "#commands/ports/metrics.ts"
import type { TracingShape } from "#commands/ports/tracing.ts"
import type { GatewayId, KeyId } from "#domain/kernel/ids.ts"
import { ApiError, tooFast, unavailable } from "../../http/api-error.ts"
import type { Caller } from "../../http/authenticate.ts"
import type { Call } from "../../http/routes.ts"
import { type Admit, type Admitted, withinLimits } from "../limits/key-limiter.ts"
import { spendLimitsOf } from "../limits/spend-limits.ts"
import { needsOf, unserved } from "../models/model-needs.ts"
import type { ServedModels } from "../models/served-models.ts"
import type { Task, Tickets } from "../requests/tickets.ts"
import type { SessionServices } from "../session/session-services.ts"
import { MAX_SESSIONS, MAX_SESSIONS_OF_KEY, type Sessions } from "../session/sessions.ts"
import { Conversation } from "./conversation.ts"
import { countPrompt } from "./count-prompt.ts"
import { mayFallBack } from "./fall-back.ts"
import { cutOff, hangUp } from "./hang-up.ts"
import { JOB_ID_HEADER } from "./job-id-header.ts"
import { checkSize, type Order } from "./order.ts"
import { type Counted, planJobs } from "./plan-jobs.ts"
import { checkRouting } from "./routing-headers.ts"
import { RequestTelemetry } from "./request-telemetry.ts"
import { submitError } from "./submit-error.ts"

export interface InferenceDeps extends SessionServices {
  readonly admit: Admit
  readonly gatewayId: GatewayId
  readonly sessions: Sessions
  readonly models: ServedModels
  readonly metrics: MetricsShape
  readonly tracing: TracingShape
  /** Of a request that this gateway asks itself; null for a client's own. */
  readonly taskOf: Tickets["taskOf"]
}

/** A line of a batch that nobody runs to its end costs nothing: it is no client's wish to have a part of it. */
const WITHDRAWN = "line_withdrawn"

interface Serving {
  readonly order: Order
  readonly caller: Caller
  readonly reply: FastifyReply
  readonly gone: AbortSignal
  readonly telemetry: RequestTelemetry
  readonly admitted: Admitted
  readonly task: Task | null
}

/** Checks, counts, submits, and hands the jobs' streams to the client. */
export const serveOrder = async (deps: InferenceDeps, { request, reply, caller }: Call<Caller>, order: Order): Promise<FastifyReply> => {
  checkRouting(request.headers)
  checkSize(order)
  const telemetry = new RequestTelemetry(reply, { ...deps, caller, work: order.work })
  const gone = hangUp(reply)
  const admitted = await deps.admit(caller, order.models.names, reply)
  const serving: Serving = { order, caller, reply, gone, telemetry, admitted, task: deps.taskOf(request) }
  const { names, use } = order.models
  const rounds = use === "fallback" ? names.map((name) => [name]) : [names]
  let refusal: unknown
  for (const models of rounds) {
    try {
      return await answer(deps, serving, models)
    } catch (error) {
      refusal = error
      // Nothing was delivered, so nothing counts.
      admitted.used(0)
      if (!mayFallBack(error)) throw error
    }
  }
  throw refusal
}

const answer = async (deps: InferenceDeps, serving: Serving, models: readonly string[]): Promise<FastifyReply> => {
  const { order, caller, reply, gone, telemetry, admitted, task } = serving
  const first = newJobId()
  telemetry.about(first)
  const counted = await countAll(deps, serving, models)
  const { namespaceId, keyId, access } = caller
  const terms = { namespaceId, keyId, gatewayId: deps.gatewayId, spendLimits: spendLimitsOf(access), ...termsOf(task) }
  const jobs = planJobs(order, counted, first, terms)
  await admitted.takeTokens(jobs)
  if (gone.aborted) return cutOff(reply)
  // Nothing waits between this and the entry of the sessions: those that ask at the same time see each other.
  refuseFull(deps.sessions, { rootKeyId: access.rootKeyId, jobs: jobs.length })
  reply.header(JOB_ID_HEADER, jobs.map(({ jobId }) => jobId).join(","))
  const head = {
    id: `${order.idPrefix}${first.slice("job_".length)}`, created: Math.floor(deps.now() / 1000),
    answers: jobs.map(({ model }) => ({ model })), isRace: order.models.use === "first",
  }
  const writer = telemetry.watch(withinLimits(order.writer(reply, head), admitted))
  const conversation = new Conversation(jobs, { writer, isRace: head.isRace }, { ...deps, ...(task !== null && { keeping: task.keeping, ...(task.failing !== undefined && { failing: task.failing }) }) })
  for (const session of conversation.sessions) deps.sessions.add(session, access.rootKeyId)
  gone.addEventListener("abort", () => conversation.leave(task?.mode === "batch" ? WITHDRAWN : "client_disconnected"))
  const submitted = await Effect.runPromise(Effect.result(deps.jobs.submit(jobs))).catch((defect: unknown) => Result.fail(defect))
  if (Result.isSuccess(submitted)) {
    conversation.begin(submitted.success)
    telemetry.submitted()
  } else conversation.close()
  const error = await conversation.answered
  for (const session of conversation.sessions) if (session.over) deps.sessions.remove(session)
  if (Result.isFailure(submitted)) throw submitError(submitted.failure)
  if (error !== null) throw error
  return gone.aborted ? cutOff(reply) : reply
}

const refuseFull = (sessions: Sessions, { rootKeyId, jobs }: { readonly rootKeyId: KeyId; readonly jobs: number }): void => {
  if (sessions.open + jobs > MAX_SESSIONS) throw unavailable("gateway_full", "Too many requests are under way. Please try again.")
  if (sessions.openOf(rootKeyId) + jobs <= MAX_SESSIONS_OF_KEY) return
  throw tooFast(`This key may have ${MAX_SESSIONS_OF_KEY} answers under way at the same time, each choice being one. Please try again when some have ended.`)
}

const termsOf = (task: Task | null): Pick<ChatJob, "priority" | "repeatable"> & Partial<Pick<ChatJob, "mode">> | null => {
  if (task === null) return null
  return { repeatable: true, priority: task.priority, ...(task.mode !== null && { mode: task.mode }) }
}

/** Each prompt by each model. A race goes on with those that can take part; otherwise all have to. */
const countAll = async (deps: InferenceDeps, serving: Serving, models: readonly string[]): Promise<readonly Counted[]> => {
  const counts = await Promise.allSettled(models.map((model) => countFor(deps, serving, model)))
  const refused = counts.find((count) => count.status === "rejected")
  const counted = counts.flatMap((count) => (count.status === "fulfilled" ? count.value : []))
  if (refused === undefined || (serving.order.models.use === "first" && counted.length > 0)) return counted
  throw refused.reason
}

const countFor = async (deps: InferenceDeps, { order, telemetry }: Serving, name: string): Promise<readonly Counted[]> => {
  const served = deps.models.find(name)
  if (served === null) throw await deps.models.absence(name)
  const refusals = order.prompts.map(({ request }) => unserved(served, request.task, needsOf(request)))
  const refusal = refusals.find((one) => one !== null)
  if (refusal instanceof ApiError) throw refusal
  const count = async (prompt: Order["prompts"][number]): Promise<Counted> => {
    const counting = countPrompt(deps.bus, { model: name, request: prompt.request }, { param: prompt.param, contextLength: served.contextLength })
    return { model: name, prompt, size: await telemetry.counting(name, counting) }
  }
  return Promise.all(order.prompts.map(count))
}
