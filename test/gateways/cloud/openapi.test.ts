import { Schema } from "effect"
import { describe, expect, it } from "vitest"
import { ChatRequest } from "#gateways/cloud/chat/chat-request.ts"
import { startGateway } from "./fake-network.ts"

interface OpenApi {
  readonly openapi: string
  readonly info: object
  readonly paths: Record<string, Record<string, object>>
  readonly components: {
    readonly schemas: { readonly ChatRequest: { readonly required: string[]; readonly properties: Record<string, object> } }
  }
}

const load = async () => {
  const { url } = await startGateway()
  const response = await fetch(`${url}/openapi.json`)
  expect(response.status).toBe(200)
  return (await response.json()) as OpenApi
}

const refsIn = (value: unknown): readonly string[] => {
  if (typeof value !== "object" || value === null) return []
  return Object.entries(value).flatMap(([key, inner]) => (key === "$ref" && typeof inner === "string" ? [inner] : refsIn(inner)))
}

const memberOf = (node: unknown, name: string): unknown =>
  typeof node === "object" && node !== null ? Object.entries(node).find(([key]) => key === name)?.[1] : undefined

describe("the OpenAPI document", () => {
  it("is OpenAPI 3.1 with what that requires of info, paths, operations and responses", async () => {
    const document = await load()
    expect(document.openapi).toMatch(/^3\.1\.\d+$/)
    expect(document.info).toMatchObject({ title: expect.any(String), version: expect.any(String) })
    for (const [path, item] of Object.entries(document.paths)) {
      expect(path).toMatch(/^\//)
      for (const operation of Object.values(item)) {
        expect(operation).toMatchObject({ operationId: expect.any(String), responses: expect.any(Object) })
        const { responses, parameters = [] } = operation as { responses: Record<string, object>; parameters?: { name: string; in: string }[] }
        for (const response of Object.values(responses)) expect(response).toMatchObject({ description: expect.any(String) })
        const named = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1])
        expect(parameters.filter((parameter) => parameter.in === "path").map((parameter) => parameter.name)).toEqual(named)
      }
    }
  })

  it("refers only to what it defines", async () => {
    const document = await load()
    const refs = refsIn(document)
    expect(refs.length).toBeGreaterThan(5)
    for (const ref of refs) {
      const names = ref.replace(/^#\//, "").split("/")
      expect(names.reduce(memberOf, document), ref).toBeDefined()
    }
  })

  it("has the schema that checks requests", async () => {
    const { components } = await load()
    const made = JSON.parse(JSON.stringify(Schema.toJsonSchemaDocument(ChatRequest)))
    const inDocument = JSON.stringify(made.definitions.ChatRequest).replaceAll("#/$defs/", "#/components/schemas/")
    expect(components.schemas.ChatRequest).toEqual(JSON.parse(inDocument))
    expect(components.schemas.ChatRequest.required).toEqual(["model", "messages"])
    expect(JSON.stringify(components.schemas.ChatRequest.properties.temperature)).toContain('"maximum":2')
  })

  it("names every route that there is", async () => {
    const { paths } = await load()
    expect(Object.keys(paths).sort()).toEqual([
      "/healthz", "/openapi.json", "/v1/audio/speech", "/v1/audio/transcriptions", "/v1/audio/translation", "/v1/audio/translations",
      "/v1/chat/completions", "/v1/completions", "/v1/embeddings", "/v1/feedback", "/v1/generation", "/v1/images/description", "/v1/images/generations",
      "/v1/images/variations",
      "/v1/models", "/v1/models/{id}", "/v1/moderations", "/v1/requests", "/v1/requests/{id}", "/v1/requests/{id}/cancel",
      "/v1/requests/{id}/stream",
      "/v1/responses", "/v1/responses/{response_id}",
      "/v1/responses/{response_id}/cancel", "/v1/responses/{response_id}/input_items",
    ])
  })
})
