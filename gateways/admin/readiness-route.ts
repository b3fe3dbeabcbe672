import { Schema } from "effect"
import { json, type OpenRoute } from "../http/routes.ts"

/** Whether this process can do its work now, and for each thing that it needs "ok" or what is wrong. */
export const Readiness = Schema.Struct({
  ready: Schema.Boolean,
  checks: Schema.Record(Schema.String, Schema.String),
}).annotate({ identifier: "Readiness" })
export type Readiness = typeof Readiness.Type

/** Alive is not ready: a process whose engines are away must not be restarted for it, and must get no work. */
export const readinessRoute = (readiness: () => Promise<Readiness>): OpenRoute => ({
  method: "GET", path: "/readyz", operationId: "readiness", access: "public",
  summary: "Whether the process can do its work.",
  answers: { 200: json(Readiness, "It can."), 503: json(Readiness, "It cannot; `checks` says why.") },
  handle: async ({ reply }) => {
    const state = await readiness()
    return reply.code(state.ready ? 200 : 503).send(state)
  },
})
