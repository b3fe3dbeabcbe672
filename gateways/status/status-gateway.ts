import type { FastifyInstance } from "fastify"
import type { CountersShape } from "#commands/ports/counters.ts"
import type { PresenceShape } from "#commands/ports/presence.ts"
import type { Answered } from "../http/answered.ts"
import { withDocument } from "../http/document-route.ts"
import { healthRoute } from "../http/health-route.ts"
import type { Exposure, HttpLimits } from "../http/http-limits.ts"
import type { DocumentInfo } from "../http/openapi.ts"
import { json, type OpenRoute } from "../http/routes.ts"
import { httpServer } from "../http/server.ts"
import { NetworkStatus, networkStatus } from "./network-status.ts"

export interface StatusGatewayDeps {
  readonly environment: string
  readonly presence: Pick<PresenceShape, "online">
  readonly counters: CountersShape
  /** Keeps the evidence of an error of ours; the client gets its id only. */
  readonly onDefect: (error: unknown, requestId: string) => void
  readonly onAnswered?: (answered: Answered) => void
  readonly exposure?: Exposure
  readonly httpLimits?: Partial<HttpLimits>
  readonly now?: () => number
}

const DOCUMENT: DocumentInfo = {
  title: "Resultity status",
  version: "1.0.0",
  description: "What anybody may know of the network.",
}
/** Everybody may ask: what they get is as old as this at most, and made once for all of them. */
export const CACHE_MS = 2_000

/** What anybody may know of the network: how many nodes serve which models. No node, account or address is named. */
export const statusGateway = (deps: StatusGatewayDeps): FastifyInstance => {
  const { environment, presence, counters, onDefect, onAnswered, exposure, httpLimits, now = Date.now } = deps
  let made = { at: Number.NEGATIVE_INFINITY, body: "" }
  const current = (): string => {
    const at = now()
    if (at - made.at >= CACHE_MS) made = { at, body: JSON.stringify(networkStatus(environment, presence.online(at), at)) }
    return made.body
  }
  const statusRoute: OpenRoute = {
    method: "GET", path: "/v1/status", operationId: "networkStatus", access: "public",
    summary: "How many nodes serve which models.",
    answers: { 200: json(NetworkStatus, "The network as it was a few seconds ago at most.") },
    handle: ({ reply }) =>
      reply
        .header("cache-control", `public, max-age=${CACHE_MS / 1_000}`)
        // For pages of other sites; it is public.
        .header("access-control-allow-origin", "*")
        .type("application/json; charset=utf-8")
        .send(current()),
  }
  const routes = withDocument(DOCUMENT, [healthRoute, statusRoute])
  return httpServer({ name: "status", counters, onDefect, onAnswered, exposure, httpLimits, routes, drain: async () => {} })
}
