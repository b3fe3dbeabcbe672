import { describe, expect, it, vi } from "vitest"
import { invalidKey } from "#gateways/http/api-error.ts"
import { parseAnswers, rawClient, rawRequest } from "#test/support/raw-http.ts"
import { smallServer } from "./small-server.ts"

const asking = (path: string, length: number) => rawRequest(`POST ${path} HTTP/1.1`, ["host: x", "expect: 100-continue", `content-length: ${length}`])

describe("a client that asks before it sends its body", () => {
  it("hears that it may, and is answered", async () => {
    const { port, bodies } = await smallServer()
    const client = rawClient(port)
    client.write(asking("/echo", 7))
    await vi.waitFor(() => expect(client.received()).toBe("HTTP/1.1 100 Continue\r\n\r\n"))
    client.write('{"a":1}')
    await vi.waitFor(() => expect(client.received()).toContain("HTTP/1.1 200 OK"))
    expect(bodies).toEqual([{ a: 1 }])
  })

  it.each([
    ["without a good key", "/held", 2, 401],
    ["with a body that is too large", "/echo", 200_000, 413],
    ["for what is not there", "/nowhere", 2, 404],
  ])("%s hears so instead, and the connection ends with it", async (_, path, length, status) => {
    const check = async () => {
      throw invalidKey("no")
    }
    const { port } = await smallServer({}, { checks: { inference: check } })
    const client = rawClient(port)
    client.write(asking(path, length))
    const answers = parseAnswers(await client.closed)
    expect(answers.map((answer) => [answer.status, answer.headers.get("connection")])).toEqual([[status, "close"]])
  })
})
