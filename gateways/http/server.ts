import type { Socket } from "node:net"
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify"
import { ipRanges, type IpRanges } from "#domain/policies/ip-ranges.ts"
import { type Answered, whenAnswered } from "./answered.ts"
import { unavailable } from "./api-error.ts"
import { Connections } from "./connections.ts"
import { allowOrigin } from "./cors.ts"
import { headProblem } from "./head-check.ts"
import { DEFAULT_HTTP_LIMITS, type Exposure, type HttpLimits, NOT_EXPOSED, SWEEP_MS } from "./http-limits.ts"
import { refuseMalformed } from "./malformed-http.ts"
import { OpenRequests } from "./open-requests.ts"
import { Overdue } from "./overdue.ts"
import { readBody } from "./read-body.ts"
import { type Checks, registerRoutes } from "./register-routes.ts"
import { newRequestId } from "./request-id.ts"
import type { Route } from "./routes.ts"
import { type ErrorSink, sendError } from "./send-error.ts"
import { answerUnrouted } from "./unrouted.ts"

const KEEP_ALIVE_TIMEOUT_MS = 72_000
/** At close: for clients to read the rest of their answer. */
const FLUSH_MS = 2_000
/** Of a path parameter: names of models are shorter. */
const MAX_PARAM_CHARACTERS = 1_024

export interface ServerDeps extends ErrorSink, Checks {
  /** Everything that is served. */
  readonly routes: readonly Route[]
  /** Lets what is under way end; called at `close()`, when new requests are turned away already. Must be bounded. */
  readonly drain: () => Promise<void>
  /** Hears of each request that reached a route or the lack of one, when it is over. Must not throw. */
  readonly onAnswered?: ((answered: Answered, reply: FastifyReply) => void) | undefined
  readonly exposure?: Exposure | undefined
  /** Instead of the defaults. */
  readonly httpLimits?: Partial<HttpLimits> | undefined
}

/** A server of these routes whose every answer has an `x-request-id` and whose every error is one in OpenAI's form. */
export const httpServer = (deps: ServerDeps): FastifyInstance => {
  const { exposure = NOT_EXPOSED, counters, name, onAnswered } = deps
  const limits = { ...DEFAULT_HTTP_LIMITS, ...deps.httpLimits }
  const proxies = ipRanges(exposure.trustedProxies)
  if (proxies === null) throw new Error("trusted proxies are addresses and networks")
  const overdue = new Overdue(limits, (why) => counters.increment(`${name}_cut_total`, why))
  const connections = new Connections(limits, proxies)
  const closing = { now: false }

  const app = fastify(deps, limits, { proxies, overdue })
  connections.watch(app.server)
  app.addHook("onRequest", async (request, reply) => {
    reply.header("x-request-id", request.id)
    overdue.watch(request.raw, reply.raw)
    if (onAnswered !== undefined) whenAnswered(reply, (answered) => onAnswered(answered, reply))
    allowOrigin(exposure, request, reply)
    const problem = headProblem(request, limits) ?? connections.problem(request.raw.socket) ?? goingDown(closing.now)
    if (problem !== null) throw problem
  })
  app.setNotFoundHandler(answerUnrouted(deps.routes, exposure))
  app.addHook("preClose", async () => {
    closing.now = true
    await deps.drain()
    overdue.stop()
    setTimeout(() => app.server.closeAllConnections(), FLUSH_MS).unref()
  })
  registerRoutes(app, deps.routes, { ...deps, openRequests: new OpenRequests(limits.openPerKey) })
  return app
}

const fastify = (
  deps: ServerDeps,
  limits: HttpLimits,
  { proxies, overdue }: { readonly proxies: IpRanges; readonly overdue: Overdue },
): FastifyInstance => {
  const answer = (error: unknown, request: FastifyRequest, reply: FastifyReply) => sendError(deps, { error, request, reply })
  const app = Fastify({
    logger: false,
    genReqId: newRequestId,
    requestIdHeader: false,
    return503OnClosing: false,
    requestTimeout: limits.requestMs,
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
    trustProxy: (address) => proxies.has(address),
    // The host is checked with the other headers: Node's own answer to a request without one is not in our form.
    http: {
      maxHeaderSize: limits.headerBytes, headersTimeout: limits.headersMs, requireHostHeader: false,
      connectionsCheckingInterval: Math.min(SWEEP_MS, limits.headersMs),
    },
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: MAX_PARAM_CHARACTERS },
    frameworkErrors: (error, request, reply) => {
      reply.header("x-request-id", request.id)
      void answer(error, request, reply)
    },
    clientErrorHandler: (error, socket: Socket) => refuseMalformed(deps, { error, socket, isAnswering: overdue.isAnswering(socket) }),
  })
  app.server.maxConnections = limits.connections
  // Headers that are too many are refused; Node would drop them and say nothing.
  app.server.maxHeadersCount = 0
  // Whether the client may send its body is for the route to say; what else it expects, for the check of the headers.
  for (const event of ["checkContinue", "checkExpectation"]) {
    app.server.on(event, (request, response) => app.server.emit("request", request, response))
  }
  app.removeAllContentTypeParsers()
  app.addContentTypeParser("*", readBody)
  app.setErrorHandler(answer)
  return app
}

const goingDown = (closing: boolean) =>
  closing ? unavailable("shutting_down", "The server is going down. Please try again.", { connection: "close" }) : null
