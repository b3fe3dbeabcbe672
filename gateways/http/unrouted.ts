import type { FastifyReply, FastifyRequest } from "fastify"
import { unknownUrl, wrongMethod } from "./api-error.ts"
import { preflight } from "./cors.ts"
import type { Exposure } from "./http-limits.ts"
import { pathPattern } from "./route-path.ts"
import type { Route } from "./routes.ts"

/** Answers what no route takes: a browser's preflight, else 405 where another method would do, else 404. */
export const answerUnrouted = (routes: readonly Route[], exposure: Exposure) => {
  const patterns = routes.map(({ method, path }) => ({ method, pattern: pathPattern(path) }))
  return async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const path = request.url.split("?", 1)[0] ?? ""
    const methods = patterns.filter(({ pattern }) => pattern.test(path)).map((route) => route.method)
    const allowed = [...new Set(methods)].flatMap((method) => (method === "GET" ? ["GET", "HEAD"] : [method]))
    const permission = preflight(exposure, request, allowed)
    if (permission !== null) return reply.code(204).headers(permission).send()
    throw allowed.length === 0 ? unknownUrl(request.method, path) : wrongMethod(request.method, allowed.join(", "))
  }
}
