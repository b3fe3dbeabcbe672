import type { FastifyInstance, FastifyRequest } from "fastify"
import type { Caller } from "./authenticate.ts"
import type { Operation, Route } from "./routes.ts"

/** What we keep on a server and its requests beside Fastify's own. */
export const addDecorators = (app: FastifyInstance, routes: readonly Route[]): void => {
  app.decorate("routeTable", routes)
  app.decorateRequest("caller", null)
  app.decorateRequest("declared", null)
}

/** Every route of a gateway's server. */
export const routesOf = (app: FastifyInstance): readonly Route[] => app.getDecorator<readonly Route[]>("routeTable")

/** Whose key the request came with; null before the check, and where no key is asked for. */
export const callerOf = (request: FastifyRequest): Caller | null => request.getDecorator<Caller | null>("caller")

export const setCaller = (request: FastifyRequest, caller: Caller | null): void => request.setDecorator("caller", caller)

/** The route that takes the request; null where none does. */
export const declaredFor = (request: FastifyRequest): Operation | null => request.getDecorator<Operation | null>("declared")

export const setDeclared = (request: FastifyRequest, declared: Operation): void => request.setDecorator("declared", declared)
