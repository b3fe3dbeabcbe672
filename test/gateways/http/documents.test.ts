import { Validator } from "@seriousme/openapi-schema-validator"
import { Schema } from "effect"
import type { FastifyInstance } from "fastify"
import { describe, expect, it } from "vitest"
import { routesOf } from "#gateways/http/decorators.ts"
import { openApiDocument } from "#gateways/http/openapi.ts"
import { json, type OpenRoute } from "#gateways/http/routes.ts"
import { documentedPath } from "#gateways/http/route-path.ts"
import { GATEWAYS, OPERATOR_TOKEN } from "../every-gateway.ts"

type Document = Record<string, unknown> & { readonly paths: Record<string, Record<string, { readonly operationId: string }>> }

const documentOf = async (app: FastifyInstance): Promise<Document> => {
  const response = await app.inject({ url: "/openapi.json", headers: { authorization: `Bearer ${OPERATOR_TOKEN}` } })
  return response.json<Document>()
}

describe.each(Object.entries(GATEWAYS))("the document of %s", (_, gateway) => {
  it("is valid OpenAPI 3.1", async () => {
    const validator = new Validator()
    expect(await validator.validate(await documentOf(gateway()))).toEqual({ valid: true })
    expect(validator.version).toBe("3.1")
  })

  it("has exactly the routes of the server, each with an id of its own", async () => {
    const app = gateway()
    const { paths } = await documentOf(app)
    const documented = Object.entries(paths).flatMap(([path, item]) => Object.keys(item).map((method) => `${method.toUpperCase()} ${path}`))
    expect(documented.toSorted()).toEqual(routesOf(app).map(({ method, path }) => `${method} ${documentedPath(path)}`).toSorted())
    const ids = Object.values(paths).flatMap((item) => Object.values(item).map(({ operationId }) => operationId))
    expect(new Set(ids).size).toBe(ids.length)
  })
})

it("a document that is none is reported", async () => {
  const { paths, ...rest } = await documentOf(GATEWAYS.status())
  expect(await new Validator().validate({ ...rest, paths: { ...paths, "/x": { get: { responses: 5 } } } })).toMatchObject({ valid: false })
})

it("two schemas of one name are seen: one of them would be described as the other", () => {
  const route = (path: string, schema: Schema.Top): OpenRoute => ({
    method: "GET", path, operationId: path, summary: "", access: "public", answers: { 200: json(schema.annotate({ identifier: "Thing" }), "") }, handle: () => ({}),
  })
  const info = { title: "t", version: "1", description: "d" }
  expect(() => openApiDocument(info, [route("/a", Schema.String), route("/b", Schema.Int)])).toThrow("Thing")
  expect(() => openApiDocument(info, [route("/a", Schema.String), route("/b", Schema.String)])).not.toThrow()
})
