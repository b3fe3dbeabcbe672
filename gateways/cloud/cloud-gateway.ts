import type { FastifyInstance } from "fastify"
import type { BusShape } from "#commands/ports/bus.ts"
import type { CountersShape } from "#commands/ports/counters.ts"
import type { PresenceShape } from "#commands/ports/presence.ts"
import type { Environment, GatewayId } from "#domain/kernel/ids.ts"
import { authenticator, type Caller } from "../http/authenticate.ts"
import { httpServer } from "../http/server.ts"
import type { ChatJobs } from "../ports/chat-jobs.ts"
import type { KeyDigest } from "../ports/key-digest.ts"
import type { KeyDirectory } from "../ports/key-directory.ts"
import type { ModelDirectory } from "../ports/model-directory.ts"
import { background as makeBackground } from "./background.ts"
import { completionsRoute } from "./completions-route.ts"
import { modelsRoutes } from "./models-routes.ts"
import { openApiDocument } from "./openapi.ts"
import { servedModels } from "./served-models.ts"
import { DRAIN_MS, Sessions } from "./sessions.ts"

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
  const sessions = new Sessions(now)
  const background = makeBackground(counters)
  const drain = () => sessions.drain(drainMs, background)
  const app = httpServer({ name: "cloud", counters, onDefect, methods: METHODS, drain })
  const models = servedModels({ ...deps, now })

  app.get("/healthz", async () => ({ status: "ok" }))
  app.get("/openapi.json", async () => openApiDocument)
  app.register(async (api) => {
    const callerOf = requireKey(api, deps, now)
    modelsRoutes(api, models, now())
    completionsRoute(api, { gatewayId, sessions, models, bus, jobs, counters, background, now, callerOf })
  })
  return app
}

/** Checks the key before the body is read, and remembers who asks. */
const requireKey = (api: FastifyInstance, { keys, digest }: CloudGatewayDeps, now: () => number) => {
  const authenticate = authenticator({ keys, digest, now })
  const callers = new WeakMap<object, Caller>()
  api.addHook("onRequest", async (request) => {
    callers.set(request, await authenticate(request.headers.authorization))
  })
  return (request: object): Caller => {
    const caller = callers.get(request)
    if (caller === undefined) throw new Error("a request passed without its key being checked")
    return caller
  }
}
