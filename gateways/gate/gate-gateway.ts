import type { FastifyInstance } from "fastify"
import type { Answered } from "../http/answered.ts"
import { withDocument } from "../http/document-route.ts"
import { healthRoute } from "../http/health-route.ts"
import type { Exposure, HttpLimits } from "../http/http-limits.ts"
import type { DocumentInfo } from "../http/openapi.ts"
import { httpServer } from "../http/server.ts"
import { credentialsRoute } from "./credentials-route.ts"
import type { GrantDeps } from "./grant-credentials.ts"

export interface GateGatewayDeps extends Omit<GrantDeps, "now"> {
  /** Keeps the evidence of an error of ours; the client gets its id only. */
  readonly onDefect: (error: unknown, requestId: string) => void
  readonly onAnswered?: (answered: Answered) => void
  readonly exposure?: Exposure
  readonly httpLimits?: Partial<HttpLimits>
  readonly now?: () => number
}

const DOCUMENT: DocumentInfo = {
  title: "Resultity Gate API",
  version: "1.0.0",
  description: "For those who run nodes.",
}

/** For those who run nodes. Requests are signed, so there is no session. */
export const gateGateway = (deps: GateGatewayDeps): FastifyInstance => {
  const { counters, onDefect, onAnswered, exposure, httpLimits, now = Date.now } = deps
  return httpServer({
    name: "gate", counters, onDefect, onAnswered, exposure, httpLimits,
    drain: async () => {},
    routes: withDocument(DOCUMENT, [healthRoute, credentialsRoute({ ...deps, now })]),
  })
}
