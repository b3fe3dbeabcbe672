import type { FastifyInstance } from "fastify"
import type { Answered } from "../http/answered.ts"
import { withDocument } from "../http/document-route.ts"
import { keyChecks } from "../cloud/limits/key-checks.ts"
import { limitRequests, type RequestLimit } from "../cloud/limits/limit-requests.ts"
import { healthRoute } from "../http/health-route.ts"
import type { Exposure, HttpLimits } from "../http/http-limits.ts"
import type { DocumentInfo } from "../http/openapi.ts"
import { httpServer } from "../http/server.ts"
import type { KeyDigest } from "../ports/key-digest.ts"
import type { KeyDirectory } from "../ports/key-directory.ts"
import { type AccountDeps, accountRoutes } from "./account-routes.ts"
import { credentialsRoute } from "./credentials-route.ts"
import type { GrantDeps } from "./grant-credentials.ts"
import type { ManageDeps } from "./manage-deps.ts"
import { manageRoutes } from "./manage-routes.ts"

export interface GateGatewayDeps extends Omit<GrantDeps, "now"> {
  readonly keys: KeyDirectory
  readonly digest: KeyDigest
  readonly limits: RequestLimit
  readonly manage: ManageDeps
  readonly account: AccountDeps
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
  description: "For those who run nodes, and for those who manage keys and namespaces.",
}

/** For those who run nodes, whose requests are signed, and for accounts, whose keys manage. There is no session. */
export const gateGateway = (deps: GateGatewayDeps): FastifyInstance => {
  const { counters, keys, digest, limits, manage, account, onDefect, onAnswered, exposure, httpLimits, now = Date.now } = deps
  return httpServer({
    name: "gate", counters, onDefect, onAnswered, exposure, httpLimits,
    drain: async () => {},
    checks: keyChecks({ keys, digest, now }),
    limitRequests: limitRequests(limits),
    routes: withDocument(DOCUMENT, [healthRoute, credentialsRoute({ ...deps, now }), ...manageRoutes(manage), ...accountRoutes(account)]),
  })
}
