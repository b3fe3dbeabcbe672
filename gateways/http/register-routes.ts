import type { FastifyInstance, FastifyReply, FastifyRequest, onRequestAsyncHookHandler } from "fastify"
import { unknownUrl, wrongMethod } from "./api-error.ts"
import type { Caller } from "./authenticate.ts"
import { addDecorators, callerOf, setCaller, setDeclared } from "./decorators.ts"
import { pathPattern, routedName, routedPath } from "./route-path.ts"
import { type Access, type Call, isCounted, isKeyed, type Operation, type Route } from "./routes.ts"

/** Lets a request pass, and says with whose key it came if it came with one; or throws the refusal. */
export type Check = (request: FastifyRequest) => Promise<Caller | null>

export interface Checks {
  /** One for each access level that the routes have; `public` and `node` need none. */
  readonly checks?: Readonly<Partial<Record<Exclude<Access, "public" | "node">, Check>>>
  /** Takes one request from the limits of its key, or throws the 429. */
  readonly limitRequests?: ((caller: Caller, reply: FastifyReply) => Promise<void>) | undefined
}

/** Puts every route of the table on the server, behind its check. */
export const registerRoutes = (app: FastifyInstance, routes: readonly Route[], checks: Checks): void => {
  addDecorators(app, routes)
  for (const route of routes) {
    app.route({
      method: route.method,
      url: routedPath(route.path),
      onRequest: [async (request) => setDeclared(request, route), ...admission(route, checks)],
      handler: async (request, reply) => answer(route, request, reply),
    })
  }
}

/** Before the body is read: a request without a good key, or one too many, costs nothing. */
const admission = (route: Route, { checks = {}, limitRequests }: Checks): onRequestAsyncHookHandler[] => {
  if (route.access === "public" || route.access === "node") return []
  const check = checks[route.access]
  if (check === undefined) throw new Error(`${route.operationId}: nothing here checks the access ${route.access}`)
  const isLimited = isCounted(route)
  return [
    async (request, reply) => {
      setCaller(request, await check(request))
      if (isLimited && limitRequests !== undefined) await limitRequests(keyedCaller(request), reply)
    },
  ]
}

const answer = (route: Route, request: FastifyRequest, reply: FastifyReply): unknown => {
  const call: Omit<Call<null>, "caller"> = { request, reply, param: (name) => paramOf(route, request, name) }
  if (isKeyed(route)) return route.handle({ ...call, caller: keyedCaller(request) })
  return route.handle({ ...call, caller: null })
}

const keyedCaller = (request: FastifyRequest): Caller => {
  const caller = callerOf(request)
  if (caller === null) throw new Error("a request passed without its key being checked")
  return caller
}

const paramOf = ({ path, operationId }: Operation, { params }: FastifyRequest, name: string): string => {
  const routed = routedName(path, name)
  const value = routed === null || typeof params !== "object" || params === null ? undefined : new Map(Object.entries(params)).get(routed)
  if (typeof value !== "string") throw new Error(`${operationId} has no parameter ${name}`)
  return value
}

/** Throws the answer to a request that no route takes: 405 where another method would do, else 404. */
export const refuseUnrouted = (routes: readonly Route[]): ((request: FastifyRequest) => never) => {
  const patterns = routes.map(({ method, path }) => ({ method, pattern: pathPattern(path) }))
  return ({ method, url }) => {
    const path = url.split("?", 1)[0] ?? ""
    const methods = patterns.filter(({ pattern }) => pattern.test(path)).map((route) => route.method)
    const allowed = [...new Set(methods)].flatMap((one) => (one === "GET" ? ["GET", "HEAD"] : [one]))
    throw allowed.length === 0 ? unknownUrl(method, path) : wrongMethod(method, allowed.join(", "))
  }
}
