import { describe, expect, it, vi } from "vitest"
import { NOT_EXPOSED } from "#gateways/http/http-limits.ts"
import { type RawClient, exchange, parseAnswers, rawClient, rawRequest } from "#test/support/raw-http.ts"
import { smallServer } from "./small-server.ts"

const HOST = "host: x"
const HELLO = rawRequest("GET /hello HTTP/1.1", [HOST])
const LAST_HELLO = rawRequest("GET /hello HTTP/1.1", [HOST, "connection: close"])
const eventually = (check: () => void) => vi.waitFor(check, { timeout: 5_000, interval: 5 })

const answered = (client: RawClient) => eventually(() => expect(client.received()).toContain("\r\n\r\n"))

describe("connections from one address", () => {
  it("are served up to the limit; one more hears why not, and is closed", async () => {
    const { port, counted } = await smallServer({ connectionsPerAddress: 2 })
    const open = [rawClient(port), rawClient(port)]
    for (const client of open) {
      client.write(HELLO)
      await answered(client)
      expect(client.received()).toMatch(/^HTTP\/1\.1 200/)
    }
    const surplus = rawClient(port)
    surplus.write(HELLO)
    const [answer] = parseAnswers(await surplus.closed)
    expect([answer?.status, JSON.parse(answer?.body ?? "")]).toMatchObject([429, { error: { type: "rate_limit_error", code: "too_many_connections", param: null } }])
    expect([answer?.headers.get("retry-after"), answer?.headers.get("connection")]).toEqual(["1", "close"])
    expect(counted).toEqual(["test_rejected_total/too_many_connections"])
  })

  it("make room when they close", async () => {
    const { port } = await smallServer({ connectionsPerAddress: 2 })
    const [stays, goes] = [rawClient(port), rawClient(port)]
    for (const client of [stays, goes]) {
      client.write(HELLO)
      await answered(client)
    }
    goes.socket.destroy()
    await vi.waitFor(async () => expect((await exchange(port, LAST_HELLO))[0]?.status).toBe(200))
  })

  it("of a trusted proxy are not counted, and its clients are told apart", async () => {
    const exposure = { ...NOT_EXPOSED, trustedProxies: ["127.0.0.0/8"] }
    const { port } = await smallServer({ connectionsPerAddress: 1 }, { exposure })
    const [one, other] = [rawClient(port), rawClient(port)]
    for (const client of [one, other]) client.write(rawRequest("GET /hello HTTP/1.1", [HOST, "x-forwarded-for: 192.0.2.7"]))
    for (const client of [one, other]) {
      await answered(client)
      expect(client.received()).toMatch(/^HTTP\/1\.1 200[^]*"ip":"192\.0\.2\.7"/)
    }
  })

  it("cannot claim to be others'", async () => {
    const { port } = await smallServer()
    const [answer] = await exchange(port, rawRequest("GET /hello HTTP/1.1", [HOST, "connection: close", "x-forwarded-for: 192.0.2.7"]))
    expect(answer?.body).toBe('{"ip":"127.0.0.1"}')
  })

  it("are closed at once beyond what the server holds", async () => {
    const { port } = await smallServer({ connections: 1 })
    const first = rawClient(port)
    first.write(HELLO)
    await answered(first)
    expect(await rawClient(port).closed).toBe("")
  })
})

describe("requests under way with one key", () => {
  const HELD = rawRequest("POST /held HTTP/1.1", [HOST, "connection: close", "content-length: 2"], "{}")

  it("are served up to the limit; one more hears why not, and there is room when one ends", async () => {
    const { app, port, release } = await smallServer({ openPerKey: 2 })
    let open = 0
    app.server.on("request", () => (open += 1))
    const held = [rawClient(port), rawClient(port)]
    for (const client of held) client.write(HELD)
    await eventually(() => expect(open).toBe(2))
    const [surplus] = await exchange(port, HELD)
    expect([surplus?.status, JSON.parse(surplus?.body ?? "")]).toMatchObject([429, { error: { type: "rate_limit_error", code: "too_many_open_requests" } }])
    release()
    for (const client of held) expect(await client.closed).toMatch(/^HTTP\/1\.1 200/)
    await vi.waitFor(async () => expect((await exchange(port, HELD))[0]?.status).toBe(200))
  })

  it("end when their client is gone", async () => {
    const { app, port, release } = await smallServer({ openPerKey: 1 })
    const seen = { begun: 0, closed: 0 }
    app.server.on("request", (_, response) => {
      seen.begun += 1
      response.on("close", () => (seen.closed += 1))
    })
    const gone = rawClient(port)
    gone.write(HELD)
    await eventually(() => expect(seen.begun).toBe(1))
    gone.socket.destroy()
    await eventually(() => expect(seen.closed).toBe(1))
    release()
    expect((await exchange(port, HELD))[0]?.status).toBe(200)
  })
})
