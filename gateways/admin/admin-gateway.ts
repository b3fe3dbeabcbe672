import { createHash, timingSafeEqual } from "node:crypto"
import type { FastifyInstance } from "fastify"
import type { CountersShape } from "#commands/ports/counters.ts"
import type { PresenceShape } from "#commands/ports/presence.ts"
import { invalidKey } from "../http/api-error.ts"
import { httpServer } from "../http/server.ts"
import type { CounterSnapshot } from "../ports/counter-snapshot.ts"
import { PROMETHEUS_TYPE, prometheusText } from "./prometheus.ts"

export interface AdminGatewayDeps {
  /** Of the network's operator; not an API key. Must not be empty. */
  readonly token: string
  readonly presence: Pick<PresenceShape, "online">
  readonly counters: CountersShape
  readonly snapshot: CounterSnapshot
  readonly onDefect: (error: unknown, requestId: string) => void
  readonly now?: () => number
}

const METHODS = [{ path: /^\/(healthz|metrics|nodes)\/?$/, allowed: "GET, HEAD" }]

/** For the network's operator. Listen on loopback only: unlike the cloud gateway it says which nodes there are. */
export const adminGateway = (deps: AdminGatewayDeps): FastifyInstance => {
  const { token, presence, counters, snapshot, onDefect, now = Date.now } = deps
  if (token === "") throw new Error("the admin gateway needs a token")
  const app = httpServer({ name: "admin", counters, onDefect, methods: METHODS, drain: async () => {} })
  const expected = digest(`Bearer ${token}`)

  app.get("/healthz", async () => ({ status: "ok" }))
  app.register(async (guarded) => {
    guarded.addHook("onRequest", async (request) => {
      const given = digest(request.headers.authorization ?? "")
      if (!timingSafeEqual(given, expected)) throw invalidKey("This is for the network's operator: send the admin token.")
    })
    guarded.get("/metrics", async (_, reply) => reply.type(PROMETHEUS_TYPE).send(prometheusText(snapshot.read())))
    guarded.get("/nodes", async () => ({ nodes: presence.online(now()) }))
  })
  return app
}

/** Equal lengths, so that a comparison in constant time is possible. */
const digest = (text: string): Buffer => createHash("sha256").update(text).digest()
