import { Schema } from "effect"
import type { HttpLimits } from "#gateways/http/http-limits.ts"
import { json, type Route } from "#gateways/http/routes.ts"
import { httpServer, type ServerDeps } from "#gateways/http/server.ts"
import { newKeyId, newNamespaceId } from "#commands/ids.ts"
import { keyAccess } from "#test/support/key-access.ts"
import { listening } from "#test/support/raw-http.ts"

/** A server with a route of each kind, on a loopback port. */
export const smallServer = async (httpLimits: Partial<HttpLimits> = {}, deps: Partial<ServerDeps> = {}) => {
  const counted: string[] = []
  const bodies: unknown[] = []
  const held = Promise.withResolvers<void>()
  const keyId = newKeyId()
  const caller = { keyId, namespaceId: newNamespaceId(), mode: "test", access: keyAccess(keyId) } as const
  const answers = { 200: json(Schema.Unknown, "The body.") }
  const routes: readonly Route[] = [
    {
      method: "POST", path: "/echo", operationId: "echo", summary: "", access: "public", body: { "application/json": Schema.Unknown },
      limits: { bodyBytes: 100_000, bodyMs: 300, jsonValues: 100 }, answers,
      handle: ({ request }) => {
        bodies.push(request.body)
        return { body: request.body }
      },
    },
    { method: "GET", path: "/hello", operationId: "hello", summary: "", access: "public", answers, handle: ({ request }) => ({ ip: request.ip }) },
    {
      method: "GET", path: "/large", operationId: "large", summary: "", access: "public", answers,
      handle: ({ reply }) => reply.type("text/plain").send("x".repeat(30_000_000)),
    },
    {
      method: "POST", path: "/held", operationId: "held", summary: "", access: "inference", requestLimit: "counted",
      body: { "application/json": Schema.Unknown }, answers,
      handle: async () => {
        await held.promise
        return {}
      },
    },
    {
      method: "GET", path: "/stream", operationId: "stream", summary: "", access: "public", answers,
      handle: async ({ reply }) => {
        reply.hijack()
        reply.raw.writeHead(200, { "content-type": "text/event-stream" })
        reply.raw.write("data: 1\n\n")
        await held.promise
        reply.raw.end("data: 2\n\n")
      },
    },
  ]
  const app = httpServer({
    name: "test", routes, httpLimits, onDefect: () => {}, drain: async () => held.resolve(),
    counters: { increment: (name, reason) => void counted.push(`${name}/${reason ?? ""}`) },
    checks: { inference: async () => caller },
    ...deps,
  })
  const port = await listening(app)
  return { app, port, counted, bodies, release: held.resolve, url: `http://127.0.0.1:${port}` }
}
