import { connect } from "node:net"
import { describe, expect, it } from "vitest"
import { bodyOf } from "./failures.ts"
import { ASK, GOOD_KEY, startGateway } from "./fake-network.ts"

describe("routes", () => {
  it.each([["GET", "/v1/nothing"], ["POST", "/v1/answers"], ["GET", "/"], ["DELETE", "/x"]])(
    "%s %s is an unknown url",
    async (method, path) => {
      const { url } = await startGateway()
      const response = await fetch(url + path, { method, ...(method === "POST" && { body: "{broken" }) })
      expect(await bodyOf(response)).toMatchObject({ status: 404, code: "unknown_url", type: "invalid_request_error" })
    },
  )

  it.each([["PUT", "/v1/chat/completions"], ["GET", "/v1/chat/completions"], ["POST", "/v1/models"], ["DELETE", "/v1/models/a/b"]])(
    "%s %s is the wrong method and says which is right",
    async (method, path) => {
      const { url } = await startGateway()
      const response = await fetch(url + path, { method })
      expect(response.headers.get("allow")).toMatch(/^(POST|GET, HEAD)$/)
      expect(await bodyOf(response)).toMatchObject({ status: 405, code: "method_not_supported" })
    },
  )

  it("answers HEAD without a body", async () => {
    const { url } = await startGateway()
    const headers = { authorization: `Bearer ${GOOD_KEY}` }
    const models = await fetch(`${url}/v1/models`, { method: "HEAD", headers })
    expect([models.status, await models.text()]).toEqual([200, ""])
    const chat = await fetch(`${url}/v1/chat/completions`, { method: "HEAD", headers })
    expect([chat.status, await chat.text()]).toEqual([405, ""])
  })

  it("refuses a broken escape in the path in our form", async () => {
    const { url } = await startGateway()
    expect(await bodyOf(await fetch(`${url}/v1/models/%zz`))).toMatchObject({ status: 400, type: "invalid_request_error" })
  })

  it("gives every answer, good or bad, an id of its own", async () => {
    const { post, url } = await startGateway()
    const responses = [
      await post(ASK, { "x-request-id": "mine" }), await post({ ...ASK, stream: true }), await post("{"), await fetch(`${url}/nowhere`),
      await fetch(`${url}/v1/models`), await fetch(`${url}/healthz`), await fetch(`${url}/v1/models/%zz`),
    ]
    const ids = responses.map((response) => response.headers.get("x-request-id"))
    await Promise.all(responses.map((response) => response.text()))
    expect(ids.every((id) => id?.startsWith("req_"))).toBe(true)
    expect(new Set(ids).size).toBe(responses.length)
  })

  it("answers what is not HTTP in our form and closes", async () => {
    const { url, network } = await startGateway()
    const socket = connect(Number(new URL(url).port), "127.0.0.1")
    socket.end("BREW coffee\r\n\r\n")
    let text = ""
    for await (const chunk of socket) text += chunk
    expect(text).toMatch(/^HTTP\/1\.1 400 /)
    expect(JSON.parse(text.split("\r\n\r\n")[1] ?? "")).toMatchObject({ error: { code: "malformed_http" } })
    expect(network.counted.get("cloud_rejected_total/malformed_http")).toBe(1)
  })
})
