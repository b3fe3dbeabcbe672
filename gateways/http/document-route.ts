import { Schema } from "effect"
import { type DocumentInfo, openApiDocument } from "./openapi.ts"
import { json, type OpenRoute, type Route } from "./routes.ts"

/** These routes and `GET /openapi.json`, which describes them all. */
export const withDocument = (info: DocumentInfo, routes: readonly Route[], access: OpenRoute["access"] = "public"): readonly Route[] => {
  const all: readonly Route[] = [
    ...routes,
    {
      method: "GET", path: "/openapi.json", operationId: "document", access,
      summary: "This description of the API, in OpenAPI 3.1.",
      answers: { 200: json(Schema.Record(Schema.String, Schema.Unknown), "The document.") },
      handle: () => document,
    },
  ]
  const document = openApiDocument(info, all)
  return all
}
