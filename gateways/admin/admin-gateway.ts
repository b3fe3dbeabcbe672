import { createHash, timingSafeEqual } from "node:crypto"
import type { FastifyInstance } from "fastify"
import type { CountersShape } from "#commands/ports/counters.ts"
import type { PresenceShape } from "#commands/ports/presence.ts"
import type { Answered } from "../http/answered.ts"
import { invalidKey } from "../http/api-error.ts"
import { withDocument } from "../http/document-route.ts"
import { healthRoute } from "../http/health-route.ts"
import type { DocumentInfo } from "../http/openapi.ts"
import type { Check } from "../http/register-routes.ts"
import { httpServer } from "../http/server.ts"
import type { CounterSnapshot } from "../ports/counter-snapshot.ts"
import { operatorRoutes } from "./operator-routes.ts"
import { type Readiness, readinessRoute } from "./readiness-route.ts"

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

const DOCUMENT: DocumentInfo = {
  title: "Resultity admin API",
  version: "1.0.0",
  description: "Health, metrics and what the operator may see of one process.",
}

/** For the network's operator. Listen on loopback only: unlike the cloud gateway it says which nodes there are. */
export const adminGateway = (deps: AdminGatewayDeps): FastifyInstance => {
  const { token, presence, counters, snapshot, metrics, readiness, onDefect, onAnswered, now = Date.now } = deps
  if (token === "") throw new Error("the admin gateway needs a token")
  const expected = digest(`Bearer ${token}`)
  const isOperator: Check = async (request) => {
    const given = digest(request.headers.authorization ?? "")
    if (!timingSafeEqual(given, expected)) throw invalidKey("This is for the network's operator: send the admin token.")
    return null
  }
  const shown = { snapshot, metrics, nodes: () => presence.online(now()) }
  return httpServer({
    name: "admin", counters, onDefect, onAnswered,
    drain: async () => {},
    checks: { operator: isOperator },
    routes: withDocument(DOCUMENT, [healthRoute, readinessRoute(readiness), ...operatorRoutes(shown)], "operator"),
  })
}

/** Equal lengths, so that a comparison in constant time is possible. */
const digest = (text: string): Buffer => createHash("sha256").update(text).digest()
