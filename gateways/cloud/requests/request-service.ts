import type { FastifyInstance } from "fastify"
import type { BusShape } from "#commands/ports/bus.ts"
import type { CountersShape } from "#commands/ports/counters.ts"
import type { GatewayId, KeyId } from "#domain/kernel/ids.ts"
import type { Caller } from "../../http/authenticate.ts"
import type { Route } from "../../http/routes.ts"
import type { Loopback } from "../../ports/loopback.ts"
import type { RequestDirectory } from "../../ports/request-directory.ts"
import type { RequestPlace, Requests } from "../../ports/requests.ts"
import { repeatable } from "../idempotency/repeatable.ts"
import { acceptLater, type LaterRequest, type Outcome, outcomeOf } from "./accept-later.ts"
import type { SourceDeps } from "./reply-source.ts"
import { requestsRoutes } from "./requests-routes.ts"
import { Runner } from "./runner.ts"
import { Runs, type RunsDeps } from "./runs.ts"
import { Tickets } from "./tickets.ts"

/** A client that hung up may come back for its answer within this. */
export const GRACE_MS = 30_000
/** At the server's end, for replies that are being kept. */
const SETTLE_MS = 3_000

export interface RequestServiceDeps {
  readonly gatewayId: GatewayId
  readonly bus: BusShape
  readonly counters: CountersShape
  readonly requests: Requests
  readonly directory: RequestDirectory
  readonly loopback: Loopback
  readonly callerOf: (keyId: KeyId) => Promise<Caller>
  readonly graceMs?: number
  readonly now: () => number
}

export interface RequestService {
  readonly tickets: Tickets
  /** For whoever has requests to be run that nobody waits for: batches, responses in the background. */
  readonly acceptLater: (later: LaterRequest) => Promise<"accepted" | "known" | "mismatch">
  readonly outcome: (place: RequestPlace) => Promise<Outcome | null>
  readonly source: SourceDeps
  /** Asks one of its own routes, under the terms of a task. */
  readonly ask: RunsDeps["ask"]
  /** The same routes, whose POSTs can be repeated, and those for the requests themselves. */
  readonly routes: (routes: readonly Route[]) => readonly Route[]
  /** The server that has those routes: this gateway asks it too. */
  readonly serve: (app: FastifyInstance) => void
  /** Before the sessions end: takes nothing new. */
  readonly stop: () => void
  /** After the sessions ended: their replies are kept. */
  readonly settle: () => Promise<void>
}

/** Answers that are kept: for repeats, for streams that go on, for clients that come back later. */
export const requestService = (deps: RequestServiceDeps): RequestService => {
  const { gatewayId, requests, counters, bus, graceMs = GRACE_MS, now, callerOf } = deps
  const tickets = new Tickets()
  let server: FastifyInstance["server"] | null = null
  const ask: RequestService["ask"] = (call, task) => {
    if (server === null) throw new Error("no server to ask")
    return deps.loopback(server, { method: "POST", ...call, headers: { ...call.headers, authorization: tickets.issue(task) } })
  }
  const runs = new Runs({ requests, bus, counters, graceMs, now, ask })
  const runner = new Runner({ gatewayId, requests, runs, counters, callerOf, now })
  const source = { gatewayId, bus, requests, runs }
  return {
    tickets,
    acceptLater: (later) => acceptLater(later, { gatewayId, requests, runner }),
    outcome: (place) => outcomeOf(place, requests),
    source,
    ask,
    routes: (routes) => [...repeatable(routes, { ...source, runner }, tickets), ...requestsRoutes({ ...source, directory: deps.directory })],
    serve: (app) => (server = app.server),
    stop: () => runner.stop(),
    settle: async () => {
      let timer: NodeJS.Timeout | undefined
      await Promise.race([runs.idle(), new Promise<void>((resolve) => (timer = setTimeout(resolve, SETTLE_MS)))])
      clearTimeout(timer)
      runs.stop()
    },
  }
}
