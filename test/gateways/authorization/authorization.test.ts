import type { FastifyInstance } from "fastify"
import { describe, expect, it } from "vitest"
import { routesOf } from "#gateways/http/decorators.ts"
import { routedPath } from "#gateways/http/route-path.ts"
import type { Route } from "#gateways/http/routes.ts"
import { GOOD_RECORD } from "../cloud/fake-network.ts"
import { GATEWAYS } from "../every-gateway.ts"
import { CREDENTIALS } from "./credentials.ts"
import { GOOD_REQUESTS, type GoodRequest } from "./good-requests.ts"
import { authorizationDocument, expectedStatus } from "./table.ts"

const goodRequest = (gateway: string, { operationId }: Route): GoodRequest => {
  const request = GOOD_REQUESTS[gateway]?.[operationId]
  if (request === undefined) throw new Error(`${gateway} has the route ${operationId}, and nobody said what its good request is (good-requests.ts)`)
  return request
}

/** The methods of every route that the server has, however it came there. */
const served = (app: FastifyInstance): readonly string[] =>
  [...app.printRoutes({ commonPrefix: false }).matchAll(/ \(([A-Z, ]+)\)$/gm)].flatMap((match) => match[1]?.split(", ") ?? []).toSorted()

const declared = (routes: readonly Route[]): readonly string[] =>
  routes.flatMap(({ method }) => (method === "GET" ? ["GET", "HEAD"] : [method])).toSorted()

// The key that others are made from is kept as well: one with another secret or mode is not merely unknown.
const records = [GOOD_RECORD, ...CREDENTIALS.flatMap(({ record }) => record ?? [])]

describe.each(Object.entries(GATEWAYS))("%s", (name, gateway) => {
  const routes = routesOf(gateway())

  it("has nothing to say of routes that are not there", () => {
    const there = new Set(routes.map(({ operationId }) => operationId))
    expect(Object.keys(GOOD_REQUESTS[name] ?? {}).filter((operation) => !there.has(operation))).toEqual([])
  })

  it("serves its table and nothing beside it", async () => {
    const app = gateway()
    const missing = routes.filter(({ method, path }) => !app.hasRoute({ method, url: routedPath(path) }))
    expect([missing, served(app)]).toEqual([[], declared(routes)])
  })

  it.each(routes.map((route) => [`${route.method} ${route.path}`, route] as const))("%s answers each credential as the table says", async (_, route) => {
    const request = goodRequest(name, route)
    const app = gateway(records)
    const answers = await Promise.all(
      CREDENTIALS.map(async (credential) => {
        const { statusCode } = await app.inject({
          method: route.method, url: request.path ?? route.path,
          headers: { ...(credential.authorization !== null && { authorization: credential.authorization }) },
          ...(request.body !== undefined && { payload: JSON.stringify(request.body) }),
        })
        return `${credential.name}: ${statusCode}`
      }),
    )
    expect(answers).toEqual(CREDENTIALS.map((credential) => `${credential.name}: ${expectedStatus(route, credential, request)}`))
  })
})

it("a route that is in the server and not in the table is seen", () => {
  const app = GATEWAYS.status()
  app.get("/v1/status/hidden", async () => ({}))
  expect(served(app)).not.toEqual(declared(routesOf(app)))
})

it("the table is written down", async () => {
  const gateways = Object.entries(GATEWAYS).map(([name, gateway]) => ({
    name, routes: routesOf(gateway()), isOwned: (route: Route) => goodRequest(name, route).owned === true,
  }))
  await expect(authorizationDocument(gateways)).toMatchFileSnapshot("../../../gateways/AUTHORIZATION.md")
})
