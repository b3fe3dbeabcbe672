import type { FastifyInstance } from "fastify"
import type { Answered } from "../http/answered.ts"
import { httpServer } from "../http/server.ts"
import { credentialsGranter, type GrantDeps } from "./grant-credentials.ts"

export interface GateGatewayDeps extends Omit<GrantDeps, "now"> {
  /** Keeps the evidence of an error of ours; the client gets its id only. */
  readonly onDefect: (error: unknown, requestId: string) => void
  readonly onAnswered?: (answered: Answered) => void
  readonly now?: () => number
}

const METHODS = [
  { path: /^\/v1\/nodes\/credentials\/?$/, allowed: "POST" },
  { path: /^\/healthz\/?$/, allowed: "GET, HEAD" },
]

/** For those who run nodes. Requests are signed, so there is no session. */
export const gateGateway = (deps: GateGatewayDeps): FastifyInstance => {
  const { counters, onDefect, onAnswered, now = Date.now } = deps
  const app = httpServer({ name: "gate", counters, onDefect, methods: METHODS, drain: async () => {}, onAnswered })
  const grant = credentialsGranter({ ...deps, now })
  app.get("/healthz", async () => ({ status: "ok" }))
  app.post("/v1/nodes/credentials", async (request, reply) => {
    const granted = await grant(request.body)
    return reply.header("cache-control", "no-store").send(granted)
  })
  return app
}
