import { randomUUID } from "node:crypto"
import type { Socket } from "node:net"
import Fastify, { type FastifyError, type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify"
import type { CountersShape } from "#commands/ports/counters.ts"
import { type Answered, whenAnswered } from "./answered.ts"
import { ApiError, badRequest, internalError, unavailable } from "./api-error.ts"
import { readBody } from "./read-body.ts"
import { type Checks, refuseUnrouted, registerRoutes } from "./register-routes.ts"
import type { Route } from "./routes.ts"

/** A whole request, body included, must be here by then. */
const REQUEST_TIMEOUT_MS = 30_000
const KEEP_ALIVE_TIMEOUT_MS = 72_000
/** At close: for clients to read the rest of their answer. */
const FLUSH_MS = 2_000
/** Of a path parameter: names of models are shorter. */
const MAX_PARAM_CHARACTERS = 1_024

export interface ServerDeps extends Checks {
  /** Prefix of the counters: `<name>_rejected_total` for refused input, `<name>_failed_total` for what went wrong here. */
  readonly name: string
  readonly counters: CountersShape
  /** Keeps the evidence of an error of ours. */
  readonly onDefect: (error: unknown, requestId: string) => void
  /** Everything that is served. */
  readonly routes: readonly Route[]
  /** Lets what is under way end; called at `close()`, when new requests are turned away already. Must be bounded. */
  readonly drain: () => Promise<void>
  /** Hears of each request that reached a route or the lack of one, when it is over. Must not throw. */
  readonly onAnswered?: ((answered: Answered, reply: FastifyReply) => void) | undefined
}

/** A server of these routes whose every answer has an `x-request-id` and whose every error is one in OpenAI's form. */
export const httpServer = (deps: ServerDeps): FastifyInstance => {
  let closing = false
  const { onAnswered } = deps
  const answer = (error: unknown, request: FastifyRequest, reply: FastifyReply) => sendError(deps, { error, request, reply })
  const app = Fastify({
    logger: false,
    genReqId: newRequestId,
    requestIdHeader: false,
    return503OnClosing: false,
    requestTimeout: REQUEST_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: MAX_PARAM_CHARACTERS },
    frameworkErrors: (error, request, reply) => {
      reply.header("x-request-id", request.id)
      void answer(error, request, reply)
    },
    clientErrorHandler: (error, socket) => refuseGarbage(deps, error, socket),
  })
  app.removeAllContentTypeParsers()
  app.addContentTypeParser("*", readBody)
  app.addHook("onRequest", (request, reply, next) => {
    reply.header("x-request-id", request.id)
    if (onAnswered !== undefined) whenAnswered(reply, (answered) => onAnswered(answered, reply))
    if (!closing) return next()
    reply.header("connection", "close")
    next(unavailable("shutting_down", "The server is going down. Please try again."))
  })
  app.setErrorHandler(answer)
  app.setNotFoundHandler(refuseUnrouted(deps.routes))
  app.addHook("preClose", async () => {
    closing = true
    await deps.drain()
    setTimeout(() => app.server.closeAllConnections(), FLUSH_MS).unref()
  })
  registerRoutes(app, deps.routes, deps)
  return app
}

const newRequestId = () => `req_${randomUUID().replaceAll("-", "")}`

interface Failed {
  readonly error: unknown
  readonly request: FastifyRequest
  readonly reply: FastifyReply
}

const sendError = (deps: ServerDeps, { error, request, reply }: Failed) => {
  const known = toApiError(error)
  if (known.status === 500) deps.onDefect(error, request.id)
  countError(deps, known)
  return reply.code(known.status).headers(known.headers).type("application/json; charset=utf-8").send(JSON.stringify(known.body))
}

export const countError = ({ name, counters }: Pick<ServerDeps, "name" | "counters">, error: ApiError): void =>
  counters.increment(error.status < 500 ? `${name}_rejected_total` : `${name}_failed_total`, error.code)

/** Fastify's own errors keep their status and lose their words; anything else is a defect. */
const toApiError = (error: unknown): ApiError => {
  if (error instanceof ApiError) return error
  const status = isFastifyError(error) ? (error.statusCode ?? 500) : 500
  if (status < 400 || status >= 500) return internalError()
  const message = MESSAGES[status] ?? "The request could not be understood."
  return new ApiError({ status, type: "invalid_request_error", code: "bad_request", message })
}

const MESSAGES: Readonly<Record<number, string>> = {
  414: "The request URL is too long.",
  415: "The content type of the request is malformed.",
}

const isFastifyError = (error: unknown): error is FastifyError =>
  error instanceof Error && "statusCode" in error && "code" in error && String(error.code).startsWith("FST_")

/** What is not HTTP at all never reaches the router. */
const refuseGarbage = (deps: ServerDeps, error: Error & { readonly code?: string }, socket: Socket): void => {
  const [status, phrase, message] = GARBAGE[error.code ?? ""] ?? GARBAGE_DEFAULT
  deps.counters.increment(`${deps.name}_rejected_total`, "malformed_http")
  if (!socket.writable) return void socket.destroy()
  const body = JSON.stringify(badRequest({ code: "malformed_http", message }).body)
  socket.end(
    `HTTP/1.1 ${status} ${phrase}\r\ncontent-type: application/json; charset=utf-8\r\nx-request-id: ${newRequestId()}\r\n` +
      `connection: close\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  )
}

const GARBAGE_DEFAULT = [400, "Bad Request", "The request is not well-formed HTTP."] as const
const GARBAGE: Readonly<Record<string, readonly [number, string, string]>> = {
  ERR_HTTP_REQUEST_TIMEOUT: [408, "Request Timeout", "The request took too long to arrive."],
  HPE_HEADER_OVERFLOW: [431, "Request Header Fields Too Large", "The request headers are too large."],
}
