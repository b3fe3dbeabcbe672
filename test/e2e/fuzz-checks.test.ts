import { Schema } from "effect"
import { describe, expect, it } from "vitest"
import { fuzz } from "#test/fuzz/fuzz.ts"
import { type ApiDocument } from "#test/fuzz/document.ts"
import { httpServer } from "#gateways/http/server.ts"
import { withDocument } from "#gateways/http/document-route.ts"
import { json, type OpenRoute } from "#gateways/http/routes.ts"
import { listening } from "#test/support/raw-http.ts"

const Body = Schema.Struct({ name: Schema.String.check(Schema.isMaxLength(3)), count: Schema.optionalKey(Schema.Int) }).annotate({ identifier: "Body" })
const Answer = Schema.Struct({ ok: Schema.Literal(true) }).annotate({ identifier: "Answer" })

/** Problems of a server with one route that answers so. */
const problemsOf = async (handle: OpenRoute["handle"]) => {
  const route: OpenRoute = {
    method: "POST", path: "/x", operationId: "x", summary: "", access: "public", body: { "application/json": Body },
    answers: { 200: json(Answer, "") }, handle,
  }
  const app = httpServer({
    name: "test", counters: { increment: () => {} }, onDefect: () => {}, drain: async () => {},
    routes: withDocument({ title: "t", version: "1", description: "d" }, [route]),
  })
  const url = `http://127.0.0.1:${await listening(app)}`
  const document = (await (await fetch(`${url}/openapi.json`)).json()) as ApiDocument
  const { problems } = await fuzz({ url, document, key: "k", ids: [], dictionary: {}, cases: 300, seed: 1 })
  return problems.map((problem) => problem.split("→ ")[1])
}

const hasName = (body: unknown): body is { readonly name: unknown } => typeof body === "object" && body !== null && "name" in body

describe("fuzzing", () => {
  it("finds nothing where everything is as documented", async () => {
    expect(await problemsOf(() => ({ ok: true }))).toEqual([])
  })

  it.each<[string, string, OpenRoute["handle"]]>([
    ["a body that is not as documented", "200: a body that is not as documented", () => ({ ok: "yes" })],
    ["a defect", "500: the status 500", ({ request }) => (request.body as { readonly name: string }).name.length > 100 || { ok: true }],
    ["a defect that only a wrong type shows", "500: the status 500", ({ request }) => {
      if (hasName(request.body) && typeof request.body.name === "number") throw new Error("no string")
      return { ok: true }
    }],
    ["a status of which nobody knows", "302: the status 302", ({ reply }) => reply.code(302).send({ ok: true })],
    ["an error of another form", "400: an error with the keys detail", ({ reply }) => reply.code(400).type("application/json; charset=utf-8").send('{"detail":1}')],
    ["an error with a stack", "400: an error of 400 that tells too much", ({ reply }) =>
      reply.code(400).type("application/json; charset=utf-8").send(JSON.stringify({ error: { message: "at f (x.ts:1:1)", type: "t", param: null, code: null } }))],
    ["another type", "200: the type text/html", ({ reply }) => reply.type("text/html").send("<p>")],
    ["an answer that breaks off", "", ({ reply }) => {
      reply.hijack()
      reply.raw.destroy()
    }],
  ])("finds %s", async (_, expected, handle) => {
    const problems = await problemsOf(handle)
    expect(problems.some((problem) => problem?.startsWith(expected))).toBe(true)
  })
})
