import type { FastifyInstance } from "fastify"
import type { BusShape } from "#commands/ports/bus.ts"
import type { CountersShape } from "#commands/ports/counters.ts"
import { type MetricsShape, noMetrics } from "#commands/ports/metrics.ts"
import type { PresenceShape } from "#commands/ports/presence.ts"
import { noTracing, type TracingShape } from "#commands/ports/tracing.ts"
import type { Environment, GatewayId } from "#domain/kernel/ids.ts"
import type { Answered } from "../http/answered.ts"
import { authenticator, type Caller } from "../http/authenticate.ts"
import { httpServer } from "../http/server.ts"
import type { ChatJobs } from "../ports/chat-jobs.ts"
import type { KeyDigest } from "../ports/key-digest.ts"
import type { KeyDirectory } from "../ports/key-directory.ts"
import type { ModelDirectory } from "../ports/model-directory.ts"
import { background as makeBackground } from "./background.ts"
import { completionsRoute, JOB_ID_HEADER } from "./completions-route.ts"
import { modelsRoutes } from "./models-routes.ts"
import { openApiDocument } from "./openapi.ts"
import { limitRequests, type RequestLimit } from "./request-limit.ts"
import { servedModels } from "./served-models.ts"
import { DRAIN_MS, Sessions } from "./sessions.ts"

/** A request to this gateway; null where nobody asked or nothing was submitted. */
export interface CloudAnswered extends Answered {
  readonly jobId: string | null
  readonly caller: Caller | null
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
  /** Keeps the evidence of an error of ours; the client gets its id only. */
  readonly onDefect: (error: unknown, requestId: string) => void
  readonly onAnswered?: (answered: CloudAnswered) => void
  readonly metrics?: MetricsShape
  readonly tracing?: TracingShape
  readonly requestLimit?: RequestLimit
  readonly drainMs?: number
  readonly now?: () => number
}

const METHODS = [
  { path: /^\/v1\/chat\/completions\/?$/, allowed: "POST" },
  { path: /^\/v1\/models(\/.*)?$/, allowed: "GET, HEAD" },
  { path: /^\/(healthz|openapi\.json)\/?$/, allowed: "GET, HEAD" },
]

/** The OpenAI-compatible API, ready to listen. `close()` lets running answers end first. */
export const cloudGateway = (deps: CloudGatewayDeps): FastifyInstance => {
  const { counters, bus, jobs, gatewayId, onDefect, now = Date.now, drainMs = DRAIN_MS } = deps
  const { onAnswered, requestLimit, metrics = noMetrics, tracing = noTracing } = deps
  const callers = new WeakMap<object, Caller>()
  const sessions = new Sessions(now)
  const background = makeBackground(counters)
  const drain = () => sessions.drain(drainMs, background)
  const app = httpServer({
    name: "cloud", counters, onDefect, methods: METHODS, drain,
    onAnswered: onAnswered && ((answered, reply) => {
      const jobId = reply.getHeader(JOB_ID_HEADER)
      const caller = callers.get(reply.request) ?? null
      onAnswered({ ...answered, jobId: typeof jobId === "string" ? jobId : null, caller })
    }),
  })
  const models = servedModels({ ...deps, now })

  app.get("/healthz", async () => ({ status: "ok" }))
  app.get("/openapi.json", async () => openApiDocument)
  app.register(async (api) => {
    const callerOf = requireKey(api, deps, now, callers)
    if (requestLimit !== undefined) limitPosts(api, callerOf, requestLimit)
    modelsRoutes(api, models, now())
    completionsRoute(api, { gatewayId, sessions, models, bus, jobs, counters, background, metrics, tracing, now, callerOf })
  })
  return app
}

/** Before the body is read: who asks too fast costs nothing. Looking at models is free. */
const limitPosts = (api: FastifyInstance, callerOf: (request: object) => Caller, requestLimit: RequestLimit): void => {
  const limit = limitRequests(requestLimit)
  api.addHook("onRequest", async (request, reply) => {
    if (request.method === "POST") await limit(callerOf(request), reply)
  })
}

/** Checks the key before the body is read, and remembers who asks. */
const requireKey = (
  api: FastifyInstance,
  { keys, digest }: CloudGatewayDeps,
  now: () => number,
  callers: WeakMap<object, Caller>,
) => {
  const authenticate = authenticator({ keys, digest, now })
  api.addHook("onRequest", async (request) => {
    callers.set(request, await authenticate(request.headers.authorization))
  })
  return (request: object): Caller => {
    const caller = callers.get(request)
    if (caller === undefined) throw new Error("a request passed without its key being checked")
    return caller
  }
}
