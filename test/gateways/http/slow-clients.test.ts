import { describe, expect, it, vi } from "vitest"
import { type RawClient, parseAnswers, rawClient, rawRequest } from "#test/support/raw-http.ts"
import { smallServer } from "./small-server.ts"

const HOST = "host: x"
const eventually = (check: () => void) => vi.waitFor(check, { timeout: 5_000, interval: 5 })

const lastOf = async (client: RawClient) => parseAnswers(await client.closed).at(-1)

describe("a client that sends slowly", () => {
  it.each([
    ["nothing", ""],
    ["half a request line", "GET /hel"],
    ["headers without an end", "GET /hello HTTP/1.1\r\nhost: x\r\nx-a:"],
  ])("hears 408 when it sent %s in the time for headers", async (_, bytes) => {
    const { port } = await smallServer({ headersMs: 100 })
    const client = rawClient(port)
    client.write(bytes)
    expect(await lastOf(client)).toMatchObject({ status: 408 })
  })

  it("cannot win time by sending a byte now and then", async () => {
    const { port } = await smallServer({ headersMs: 200 })
    const client = rawClient(port)
    client.write("GET /hello HTTP/1.1\r\nhost: x\r\n")
    const drip = setInterval(() => client.socket.writable && client.write("x-a: 1\r\n"), 20)
    expect(await lastOf(client)).toMatchObject({ status: 408 })
    clearInterval(drip)
  })

  it("hears 408 when its body is not there in the route's time", async () => {
    const { port, counted, bodies } = await smallServer()
    const client = rawClient(port)
    client.write(rawRequest("POST /echo HTTP/1.1", [HOST, "content-length: 100"], '{"a":'))
    const answer = await lastOf(client)
    expect([answer?.status, answer?.body]).toEqual([408, expect.stringContaining("request_timeout")])
    expect([counted, bodies]).toEqual([["test_rejected_total/request_timeout"], []])
  })

  it("does not keep its connection by going on with a body that was refused", async () => {
    const { port, counted } = await smallServer({ unwantedBodyMs: 100 })
    const client = rawClient(port)
    client.write(rawRequest("POST /nowhere HTTP/1.1", [HOST, "transfer-encoding: chunked"]))
    const drip = setInterval(() => client.socket.writable && client.write("1\r\nx\r\n"), 10)
    expect(await lastOf(client)).toMatchObject({ status: 404 })
    clearInterval(drip)
    expect(counted).toContain("test_cut_total/body_not_wanted")
  })
})

describe("a client that does not read", () => {
  it("is cut off when its answer has lain there for long", async () => {
    const { port, counted } = await smallServer({ unreadAnswerMs: 100 })
    const client = rawClient(port)
    client.socket.pause()
    client.write(rawRequest("GET /large HTTP/1.1", [HOST]))
    await eventually(() => expect(counted).toContain("test_cut_total/answer_not_read"))
  })

  it("is told from one that reads slowly: an answer may take as long as it moves", async () => {
    const { port, counted } = await smallServer({ unreadAnswerMs: 1_200 })
    const client = rawClient(port)
    const startedAt = performance.now()
    const reading = setInterval(() => client.socket.resume(), 4)
    client.socket.on("data", () => void client.socket.pause())
    client.write(rawRequest("GET /large HTTP/1.1", [HOST, "connection: close"]))
    expect((await lastOf(client))?.body).toHaveLength(30_000_000)
    clearInterval(reading)
    expect(performance.now() - startedAt).toBeGreaterThan(1_500)
    expect(counted).toEqual([])
  })
})

describe("garbage on a connection whose answer is under way", () => {
  it("does not get into that answer", async () => {
    const { port, counted } = await smallServer()
    const client = rawClient(port)
    client.write(rawRequest("GET /stream HTTP/1.1", [HOST]))
    await eventually(() => expect(client.received()).toContain("data: 1"))
    client.write("not http at all\r\n\r\n")
    const text = await client.closed
    expect([text.match(/HTTP\/1\.1/g)?.length, text.includes("malformed_http")]).toEqual([1, false])
    expect(counted).toEqual(["test_rejected_total/malformed_http"])
  })
})
