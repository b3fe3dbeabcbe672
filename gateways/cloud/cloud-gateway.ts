import type { FastifyInstance, FastifyRequest } from "fastify"
import type { BusShape } from "#commands/ports/bus.ts"
import type { CountersShape } from "#commands/ports/counters.ts"
import { type MetricsShape, noMetrics } from "#commands/ports/metrics.ts"
import type { PresenceShape } from "#commands/ports/presence.ts"
import { noTracing, type TracingShape } from "#commands/ports/tracing.ts"
import type { Environment, GatewayId } from "#domain/kernel/ids.ts"
import type { ManageDeps } from "../gate/manage-deps.ts"
import { manageRoutes } from "../gate/manage-routes.ts"
import { type UsageDeps, usageRoute } from "../gate/usage/usage-route.ts"
import type { Answered } from "../http/answered.ts"
import { authenticator, callerByKey, type Caller, withRight } from "../http/authenticate.ts"
import { callerOf, declaredFor } from "../http/decorators.ts"
import { withDocument } from "../http/document-route.ts"
import type { Exposure, HttpLimits } from "../http/http-limits.ts"
import { healthRoute } from "../http/health-route.ts"
import type { DocumentInfo } from "../http/openapi.ts"
import type { Route } from "../http/routes.ts"
import { httpServer } from "../http/server.ts"
import type { ChatJobs } from "../ports/chat-jobs.ts"
import type { Loopback } from "../ports/loopback.ts"
import type { RequestDirectory } from "../ports/request-directory.ts"
import type { Requests } from "../ports/requests.ts"
import type { KeyDigest } from "../ports/key-digest.ts"
import type { KeptResponses } from "../ports/kept-responses.ts"
import type { KeyDirectory } from "../ports/key-directory.ts"
import type { PlacesShape } from "../ports/places.ts"
import type { ModelDirectory } from "../ports/model-directory.ts"
import { background as makeBackground } from "./session/background.ts"
import { chatRoute } from "./chat/chat-route.ts"
import { completionsRoute } from "./completions/completions-route.ts"
import { JOB_ID_HEADER } from "./conversation/job-id-header.ts"
import type { BatchDeps } from "./batches/batch-deps.ts"
import { BatchService, type BatchServiceDeps } from "./batches/batch-service.ts"
import type { FileDeps } from "./files/file-deps.ts"
import { filesRoutes } from "./files/files-routes.ts"
import { embeddingsRoute } from "./embeddings/embeddings-route.ts"
import { type FeedbackDeps, feedbackRoute } from "./feedback/feedback-route.ts"
import { generationRoute } from "./generation/generation-route.ts"
import { modelsRoutes } from "./models/models-routes.ts"
import { unservedRoutes } from "./models/unserved-routes.ts"
import { keyLimiter } from "./limits/key-limiter.ts"
import { keyChecks } from "./limits/key-checks.ts"
import { refuseByRules } from "./limits/key-rules.ts"
import { limitRequests, type RequestLimit } from "./limits/limit-requests.ts"
import { requestService } from "./requests/request-service.ts"
import { backgroundResponses } from "./responses/background-responses.ts"
import { responseArchive } from "./responses/response-archive.ts"
import { responseRoute } from "./responses/response-route.ts"
import { storedResponseRoutes } from "./responses/stored-response-routes.ts"
import { servedModels } from "./models/served-models.ts"
import { DRAIN_MS, Sessions } from "./session/sessions.ts"

/** A request to this gateway; null where nobody asked or nothing was submitted. The first job stands for all of a request. */
export interface CloudAnswered extends Answered {
  readonly jobId: string | null
  readonly caller: Caller | null
}

/** What keys' limits are counted in. */
export interface CountedLimits extends RequestLimit {
  readonly places: PlacesShape
}

export interface CloudGatewayDeps {
  readonly gatewayId: GatewayId
  readonly environment: Environment
  readonly bus: BusShape
  readonly presence: Pick<PresenceShape, "online">
  readonly counters: CountersShape
  readonly keys: KeyDirectory
  readonly digest: KeyDigest
  readonly models: ModelDirectory
  readonly jobs: ChatJobs
  /** Where answers are kept for whoever asks again or later. */
  readonly requests: Requests
  readonly requestDirectory: RequestDirectory
  readonly loopback: Loopback
  /** What becomes of answers, and what clients think of them. */
  readonly records: Pick<FeedbackDeps, "generations" | "giveFeedback">
  /** How long a client that hung up may come back for such an answer. */
  readonly graceMs?: number
  /** Without it the gateway has no files. */
  readonly files?: Omit<FileDeps, "now">
  /** Without it and files the gateway has no batches. */
  readonly batches?: BatchDeps
  readonly responses: KeptResponses
  /** What the namespaces of this gateway's keys used; without it the gateway does not tell. */
  readonly usage?: UsageDeps["usage"]
  /** Keeps the evidence of an error of ours; the client gets its id only. */
  readonly onDefect: (error: unknown, requestId: string) => void
  readonly onAnswered?: (answered: CloudAnswered) => void
  readonly metrics?: MetricsShape
  readonly tracing?: TracingShape
  readonly limits: CountedLimits
  /** Where there is no gate beside it: the management of keys and namespaces is served here too. */
  readonly manage?: ManageDeps
  readonly exposure?: Exposure
  readonly httpLimits?: Partial<HttpLimits>
  readonly drainMs?: number
  readonly now?: () => number
}

const batchService = ({ files, batches, ...deps }: CloudGatewayDeps & Pick<BatchServiceDeps, "now" | "callerOf" | "ask">, asked: readonly Route[]) =>
  files === undefined || batches === undefined ? null : new BatchService({ ...deps, ...batches, fileDeps: { ...files, now: deps.now } }, asked)

const DOCUMENT: DocumentInfo = {
  title: "Resultity Cloud API",
  version: "1.0.0",
  description: "OpenAI-compatible inference on a network of nodes, paid in credits.",
}

/** The OpenAI-compatible API, ready to listen. `close()` lets running answers end first. */
export const cloudGateway = (deps: CloudGatewayDeps): FastifyInstance => {
  const { counters, keys, digest, bus, jobs, gatewayId, onDefect, now = Date.now, drainMs = DRAIN_MS } = deps
  const { onAnswered, limits, exposure, httpLimits, requests, requestDirectory, metrics = noMetrics, tracing = noTracing } = deps
  const sessions = new Sessions(now)
  const background = makeBackground(counters)
  const models = servedModels({ ...deps, now })
  const authenticate = withRight("inference", authenticator({ keys, digest, now }))
  const callerNow = callerByKey({ keys, now })
  const service = requestService({
    gatewayId, bus, counters, requests, directory: requestDirectory, loopback: deps.loopback, now, callerOf: callerNow,
    ...(deps.graceMs !== undefined && { graceMs: deps.graceMs }),
  })
  const { tickets } = service
  const inference = { taskOf: (request: FastifyRequest) => tickets.taskOf(request), gatewayId, admit: keyLimiter({ ...limits, counters }), sessions, models, bus, jobs, counters, background, metrics, tracing, now }
  const { manage: manageCheck } = keyChecks({ keys, digest, now })
  const inBackground = backgroundResponses(service)
  const archive = responseArchive({ responses: deps.responses, counters, backgroundJob: inBackground.jobOf })
  const asking = [chatRoute(inference), completionsRoute(inference), embeddingsRoute(inference), responseRoute({ ...inference, archive, inBackground })]
  const batches = batchService({ ...deps, now, callerOf: callerNow, ask: service.ask }, asking)
  const app = httpServer({
    name: "cloud", counters, onDefect, exposure, httpLimits,
    drain: async () => {
      service.stop()
      batches?.stop()
      await sessions.drain(drainMs, background)
      await service.settle()
      await batches?.settle()
    },
    onAnswered: onAnswered && ((answered, reply) => {
      if (tickets.taskOf(reply.request) !== null) return
      const jobId = reply.getHeader(JOB_ID_HEADER)
      onAnswered({ ...answered, jobId: typeof jobId === "string" ? (jobId.split(",")[0] ?? null) : null, caller: callerOf(reply.request) })
    }),
    checks: {
      manage: async (request) => tickets.redeem(request) ?? manageCheck(request),
      inference: async (request) => {
        const own = tickets.redeem(request)
        if (own !== null) return own
        const caller = await authenticate(request.headers.authorization)
        refuseByRules(caller, { endpoint: declaredFor(request)?.path ?? "", ip: request.ip })
        return caller
      },
    },
    limitRequests: limitRequests(limits),
    isCountedAlready: (request) => tickets.taskOf(request) !== null,
    routes: withDocument(DOCUMENT, [
      healthRoute,
      ...modelsRoutes(models, now()),
      ...(deps.usage === undefined ? [] : [usageRoute("inference", { usage: deps.usage, visible: async ({ namespaceId }) => [namespaceId], now })]),
      ...service.routes([
        ...(deps.manage === undefined ? [] : manageRoutes(deps.manage)),
        ...asking, ...unservedRoutes, ...storedResponseRoutes({ archive, inBackground }),
        feedbackRoute({ ...deps, ...deps.records }),
        ...(deps.files === undefined ? [] : filesRoutes({ ...deps.files, now })),
        ...(batches?.routes ?? []),
      ]),
      generationRoute({ requests, generations: deps.records.generations }),
    ]),
  })
  service.serve(app)
  batches?.serve(app)
  return app
}
