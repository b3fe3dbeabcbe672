import { createHash, timingSafeEqual } from "node:crypto"
import type { FastifyInstance } from "fastify"
import type { CountersShape } from "#commands/ports/counters.ts"
import type { PresenceShape } from "#commands/ports/presence.ts"
import type { Answered } from "../http/answered.ts"
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
  /** Everything that is measured beside the counters, in the Prometheus text format 0.0.4. */
  readonly metrics: () => Promise<string>
  readonly readiness: () => Promise<Readiness>
  readonly onDefect: (error: unknown, requestId: string) => void
  readonly onAnswered?: (answered: Answered) => void
  readonly now?: () => number
}

/** Whether this process can do its work now, and for each thing that it needs "ok" or what is wrong. */
export interface Readiness {
  readonly ready: boolean
  readonly checks: Readonly<Record<string, string>>
}

const METHODS = [{ path: /^\/(healthz|readyz|metrics|nodes)\/?$/, allowed: "GET, HEAD" }]

/** For the network's operator. Listen on loopback only: unlike the cloud gateway it says which nodes there are. */
export const adminGateway = (deps: AdminGatewayDeps): FastifyInstance => {
  const { token, presence, counters, snapshot, metrics, readiness, onDefect, onAnswered, now = Date.now } = deps
  if (token === "") throw new Error("the admin gateway needs a token")
  const app = httpServer({ name: "admin", counters, onDefect, methods: METHODS, drain: async () => {}, onAnswered })
  const expected = digest(`Bearer ${token}`)

  app.get("/healthz", async () => ({ status: "ok" }))
  // Alive is not ready: a process whose engines are away must not be restarted for it, and must get no work.
  app.get("/readyz", async (_, reply) => {
    const state = await readiness()
    return reply.code(state.ready ? 200 : 503).send(state)
  })
  app.register(async (guarded) => {
    guarded.addHook("onRequest", async (request) => {
      const given = digest(request.headers.authorization ?? "")
      if (!timingSafeEqual(given, expected)) throw invalidKey("This is for the network's operator: send the admin token.")
    })
    guarded.get("/metrics", async (_, reply) => {
      // The counters last: reading the others may count.
      const measured = await metrics()
      return reply.type(PROMETHEUS_TYPE).send(`${prometheusText(snapshot.read())}\n${measured}`)
    })
    guarded.get("/nodes", async () => ({ nodes: presence.online(now()) }))
  })
  return app
}

/** Equal lengths, so that a comparison in constant time is possible. */
const digest = (text: string): Buffer => createHash("sha256").update(text).digest()
