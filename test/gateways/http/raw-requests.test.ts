import { describe, expect, it } from "vitest"
import { exchange, rawRequest } from "#test/support/raw-http.ts"
import { smallServer } from "./small-server.ts"

const HOST = "host: x"
const CLOSE = "connection: close"
const post = (headers: readonly string[], body = "", line = "POST /echo HTTP/1.1") => rawRequest(line, headers, body)

/** The only answer, after checking that it is one of ours. */
const refusal = async (port: number, bytes: string) => {
  const answers = await exchange(port, bytes)
  expect(answers).toHaveLength(1)
  const [{ status, headers, body } = { status: 0, headers: new Map<string, string>(), body: "" }] = answers
  expect(headers.get("content-type")).toBe("application/json; charset=utf-8")
  expect(headers.get("x-request-id")).toMatch(/^req_/)
  const { error } = JSON.parse(body) as { error: Record<string, unknown> }
  expect(Object.keys(error).sort()).toEqual(["code", "message", "param", "type"])
  return { status, code: error["code"], message: error["message"], headers }
}

describe("a request that two readers could take for two different ones", () => {
  it.each([
    ["a length and chunks", post([HOST, "content-length: 5", "transfer-encoding: chunked"], "0\r\n\r\n")],
    ["chunks and a length", post([HOST, "transfer-encoding: chunked", "content-length: 5"], "0\r\n\r\n")],
    ["two lengths", post([HOST, "content-length: 5", "content-length: 6"], "hello")],
    ["the same length twice", post([HOST, "content-length: 5", "content-length: 5"], "hello")],
    ["two lengths in one", post([HOST, "content-length: 5, 5"], "hello")],
    ["a signed length", post([HOST, "content-length: +5"], "hello")],
    ["a length in hexadecimal", post([HOST, "content-length: 0x5"], "hello")],
    ["chunks that are not the last coding", post([HOST, "transfer-encoding: chunked, identity"], "0\r\n\r\n")],
    ["two transfer encodings", post([HOST, CLOSE, "transfer-encoding: chunked", "transfer-encoding: chunked"], "0\r\n\r\n")],
    ["another transfer encoding", post([HOST, CLOSE, "transfer-encoding: gzip, chunked"], "0\r\n\r\n")],
    ["a misspelt transfer encoding", post([HOST, CLOSE, "transfer-encoding: xchunked"], "0\r\n\r\n")],
    ["a space before the colon", post([HOST, "transfer-encoding : chunked"], "0\r\n\r\n")],
    ["a folded header", post([HOST, "x-a: 1\r\n transfer-encoding: chunked"], "0\r\n\r\n")],
    ["bare line feeds", "POST /echo HTTP/1.1\nhost: x\ncontent-length: 0\n\n"],
    ["a NUL in a header", post([HOST, "x-a: 1\u00002"])],
    ["chunks in HTTP/1.0", post(["transfer-encoding: chunked"], "0\r\n\r\n", "POST /echo HTTP/1.0")],
    ["a broken chunk size", post([HOST, "transfer-encoding: chunked"], "zz\r\n{}\r\n0\r\n\r\n")],
    ["endless chunk extensions", post([HOST, "transfer-encoding: chunked"], `2;${"a".repeat(20_000)}\r\n{}\r\n0\r\n\r\n`)],
    ["no host", post([CLOSE, "content-length: 2"], "{}")],
    ["two hosts", post([HOST, "host: y", CLOSE, "content-length: 2"], "{}")],
    ["two keys", post([HOST, CLOSE, "authorization: Bearer a", "authorization: Bearer b", "content-length: 2"], "{}")],
    ["two content types", post([HOST, CLOSE, "content-type: a/b", "content-type: application/json", "content-length: 2"], "{}")],
    ["two idempotency keys", post([HOST, CLOSE, "idempotency-key: a", "Idempotency-Key: b", "content-length: 2"], "{}")],
    ["the preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"],
  ])("is refused: %s", async (_, bytes) => {
    const { port, counted, bodies } = await smallServer()
    expect(await refusal(port, bytes)).toMatchObject({ status: 400, code: "malformed_http" })
    expect([[...new Set(counted)], bodies]).toEqual([["test_rejected_total/malformed_http"], []])
  })

  it("is not read beyond its end: what follows is another request", async () => {
    const { port } = await smallServer()
    const first = post([HOST, "content-length: 2"], "{}")
    const answers = await exchange(port, first + rawRequest("GET /hello HTTP/1.1", [HOST, CLOSE]))
    expect(answers.map(({ status }) => status)).toEqual([200, 200])
  })
})

describe("limits of the head", () => {
  it.each([
    ["headers of too many bytes", rawRequest("GET /hello HTTP/1.1", [HOST, CLOSE, `x-a: ${"a".repeat(20_000)}`]), 431, "malformed_http"],
    ["too many headers", rawRequest("GET /hello HTTP/1.1", [HOST, CLOSE, ...Array.from({ length: 200 }, (__, n) => `x-${n}: 1`)]), 431, "too_many_headers"],
    ["a long URL", rawRequest(`GET /hello?${"a".repeat(5_000)} HTTP/1.1`, [HOST, CLOSE]), 414, "url_too_long"],
    ["an expectation that nobody meets", post([HOST, CLOSE, "expect: a miracle", "content-length: 2"], "{}"), 417, "unknown_expectation"],
  ])("%s are refused with %#", async (_, bytes, status, code) => {
    const { port } = await smallServer()
    expect(await refusal(port, bytes)).toMatchObject({ status, code })
  })

  it("let through what clients and proxies send", async () => {
    const { port } = await smallServer()
    const headers = [HOST, CLOSE, ...Array.from({ length: 100 }, (_, n) => `x-stainless-${n}: something`)]
    expect((await exchange(port, rawRequest("GET /hello HTTP/1.1", headers)))[0]).toMatchObject({ status: 200 })
    expect((await exchange(port, rawRequest("GET /hello HTTP/1.0")))[0]).toMatchObject({ status: 200 })
  })
})

describe("limits of a body", () => {
  const sized = (body: string, headers: readonly string[] = []) => post([HOST, CLOSE, ...headers, `content-length: ${Buffer.byteLength(body)}`], body)

  it.each([
    ["too many bytes", `"${"a".repeat(100_000)}"`, 413, "request_too_large", "larger than"],
    ["too deep", "[".repeat(65) + "]".repeat(65), 400, "malformed_json", "nested deeper than 64"],
    ["too many values", `[${Array.from({ length: 110 }, () => "1").join(",")}]`, 400, "malformed_json", "more than 100 values"],
    ["too many empty objects", `[${Array.from({ length: 60 }, () => "{}").join(",")}]`, 400, "malformed_json", "more than 100 values"],
    ["nothing", " ", 400, "malformed_json", "empty"],
  ])("%s: refused", async (_, body, status, code, why) => {
    const { port } = await smallServer()
    expect(await refusal(port, sized(body))).toMatchObject({ status, code, message: expect.stringContaining(why) as string })
  })

  it("refuse what is not UTF-8", async () => {
    const { url } = await smallServer()
    const response = await fetch(`${url}/echo`, { method: "POST", body: new Uint8Array([0x22, 0xff, 0x22]) })
    expect([response.status, await response.json()]).toMatchObject([400, { error: { code: "malformed_json" } }])
  })

  it("do not count what is inside strings", async () => {
    const { port } = await smallServer()
    const [answer] = await exchange(port, sized(JSON.stringify({ text: ',{}[]\\"'.repeat(1_000) })))
    expect(answer).toMatchObject({ status: 200 })
  })

  it("refuse a compressed one, of which nobody knows how large it is", async () => {
    const { port } = await smallServer()
    expect(await refusal(port, sized("{}", ["content-encoding: gzip"]))).toMatchObject({ status: 415, code: "unsupported_encoding" })
  })
})

describe("answers", () => {
  it("say nothing of the software behind them", async () => {
    const { port } = await smallServer()
    const lines = ["GET /hello HTTP/1.1", "GET /nowhere HTTP/1.1", "DELETE /hello HTTP/1.1", "OPTIONS /hello HTTP/1.1", "TRACE /hello HTTP/1.1", "GET /%zz HTTP/1.1"]
    for (const line of lines) {
      const [answer] = await exchange(port, rawRequest(line, [HOST, CLOSE]))
      const known = ["x-request-id", "content-type", "content-length", "date", "connection", "allow", "keep-alive"]
      expect([...(answer?.headers.keys() ?? [])].filter((name) => !known.includes(name))).toEqual([])
      expect(answer?.body).not.toMatch(/fastify|node|stack|\.ts/i)
    }
  })

  it("to CONNECT are none: the connection closes", async () => {
    const { port } = await smallServer()
    expect(await exchange(port, rawRequest("CONNECT a:1 HTTP/1.1", [HOST]))).toEqual([])
  })

  it("to an upgrade are as if it was not asked for", async () => {
    const { port } = await smallServer()
    const [answer] = await exchange(port, rawRequest("GET /hello HTTP/1.1", [HOST, "connection: upgrade, close", "upgrade: websocket"]))
    expect(answer).toMatchObject({ status: 200 })
  })
})
