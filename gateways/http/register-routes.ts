import { toPlainText } from "#domain/kernel/plain-text.ts"
import type { FastifyInstance, FastifyReply, FastifyRequest, onRequestAsyncHookHandler } from "fastify"
import { bodyTooLarge } from "./api-error.ts"
import type { Caller } from "./authenticate.ts"
import { addDecorators, callerOf, setCaller, setDeclared } from "./decorators.ts"
import type { OpenRequests } from "./open-requests.ts"
import { limitsOf } from "./read-body.ts"
import { routedName, routedPath } from "./route-path.ts"
import { type Access, type Call, isCounted, isKeyed, type Operation, type Route } from "./routes.ts"

/** Lets a request pass, and says with whose key it came if it came with one; or throws the refusal. */
export type Check = (request: FastifyRequest) => Promise<Caller | null>

export interface Checks {
  /** One for each access level that the routes have; `public` and `node` need none. */
  readonly checks?: Readonly<Partial<Record<Exclude<Access, "public" | "node">, Check>>>
  /** Takes one request from the limits of its key, or throws the 429. */
  readonly limitRequests?: ((caller: Caller, reply: FastifyReply) => Promise<void>) | undefined
  /** A request of this process itself, for a client that was counted when it was let in. */
  readonly isCountedAlready?: ((request: FastifyRequest) => boolean) | undefined
}

/** Puts every route of the table on the server, behind its check. */
export const registerRoutes = (
  app: FastifyInstance,
  routes: readonly Route[],
  checks: Checks & { readonly openRequests: OpenRequests },
): void => {
  addDecorators(app, routes)
  for (const route of routes) {
    app.route({
      method: route.method,
      url: routedPath(route.path),
      onRequest: [async (request) => setDeclared(request, route), ...admission(route, checks), letSend(route)],
      handler: async (request, reply) => answer(route, request, reply),
    })
  }
}

/** Before the body is read: a request without a good key, or one too many, costs nothing. */
const admission = (
  route: Route,
  { checks = {}, limitRequests, isCountedAlready = () => false, openRequests }: Checks & { readonly openRequests: OpenRequests },
): onRequestAsyncHookHandler[] => {
  if (route.access === "public" || route.access === "node") return []
  const check = checks[route.access]
  if (check === undefined) throw new Error(`${route.operationId}: nothing here checks the access ${route.access}`)
  const isLimited = isCounted(route)
  return [
    async (request, reply) => {
      setCaller(request, await check(request))
      if (!isLimited || isCountedAlready(request)) return
      openRequests.enter(keyedCaller(request).keyId, reply)
      if (limitRequests !== undefined) await limitRequests(keyedCaller(request), reply)
    },
  ]
}

/** A client that asks first whether it may send its body hears now that it may; with any other answer Node closes the connection. */
const letSend = (route: Route): onRequestAsyncHookHandler => async ({ headers, raw }, reply) => {
  if (headers.expect === undefined || raw.httpVersion !== "1.1") return
  const { bodyBytes } = limitsOf(route)
  if (route.reads !== "stream" && Number(headers["content-length"] ?? 0) > bodyBytes) throw bodyTooLarge(bodyBytes)
  reply.raw.writeContinue()
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
  // No table can be asked for a NUL, and nothing is called so: the route's own 404 says that.
  return toPlainText(value)
}
