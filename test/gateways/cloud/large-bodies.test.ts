import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { describe, expect, it, onTestFinished } from "vitest"
import { bodyOf } from "./failures.ts"
import { ASK, startGateway } from "./fake-network.ts"

const withImage = (url: string) => ({ ...ASK, messages: [{ role: "user", content: [{ type: "image_url", image_url: { url } }] }] })
const dataUrl = (bytes: number) => `data:image/png;base64,${"A".repeat(bytes)}`

describe("a body with an image", () => {
  it("is read when it is several MiB large, and the image refused by name", async () => {
    const { post } = await startGateway()
    const refused = await bodyOf(await post(withImage(dataUrl(7 * 1024 * 1024))))
    expect(refused).toMatchObject({ status: 400, type: "invalid_request_error", param: expect.stringMatching(/^messages\[0\]\.content/) as string })
  })

  it("is refused as too large beyond 8 MiB, in our form", async () => {
    const { post } = await startGateway()
    expect(await bodyOf(await post(withImage(dataUrl(9 * 1024 * 1024))))).toMatchObject({ status: 413, code: "request_too_large" })
  })

  it("never makes the gateway open the URL that it names", async () => {
    let asked = 0
    const elsewhere = createServer((_, response) => {
      asked += 1
      response.end()
    })
    elsewhere.on("connection", () => (asked += 1))
    await new Promise<void>((resolve) => elsewhere.listen(0, "127.0.0.1", resolve))
    onTestFinished(() => void elsewhere.close())
    const { post } = await startGateway()
    const url = `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}/image.png`
    expect((await post(withImage(url))).status).toBe(400)
    expect((await post(ASK)).status).toBe(200)
    expect(asked).toBe(0)
  })

  it("with more text than any model reads says so in the words that clients look for", async () => {
    const { post } = await startGateway()
    const refused = await bodyOf(await post({ ...ASK, messages: [{ role: "user", content: "x".repeat(2_000_000) }] }))
    expect(refused).toMatchObject({ status: 400, code: "context_length_exceeded", message: expect.stringContaining("maximum context length") as string })
  })
})
