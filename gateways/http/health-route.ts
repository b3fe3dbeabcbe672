import { Schema } from "effect"
import { json, type OpenRoute } from "./routes.ts"

const Health = Schema.Struct({ status: Schema.Literal("ok") }).annotate({ identifier: "Health" })

/** `GET /healthz`: the process takes requests. */
export const healthRoute: OpenRoute = {
  method: "GET", path: "/healthz", operationId: "health", access: "public",
  summary: "Whether the gateway takes requests.",
  answers: { 200: json(Health, "It does.") },
  handle: (): typeof Health.Type => ({ status: "ok" }),
}
