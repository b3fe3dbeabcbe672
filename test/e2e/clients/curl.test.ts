import { describe, expect, it } from "vitest"
import { systemCurl } from "./curl.ts"
import { cancelledJob, LONG } from "./hung-up.ts"
import { echoNetwork } from "./network.ts"

const ASK = { model: "echo", messages: [{ role: "user", content: "one two three" }] }

describe("curl", () => {
  const network = echoNetwork()
  const { curl, post } = systemCurl(network)

  it("gets a whole answer as JSON of a known length", async () => {
    const { status, headers, text } = await post("/chat/completions", JSON.stringify(ASK))
    expect(status).toBe(200)
    expect(headers.get("content-type")).toBe("application/json; charset=utf-8")
    expect(Number(headers.get("content-length"))).toBe(Buffer.byteLength(text))
    expect(JSON.parse(text)).toMatchObject({ choices: [{ message: { content: "one two three" } }] })
  })

  it("sees in a stream nothing but lines of data, each with an empty line behind it, and [DONE] last", async () => {
    const { status, headers, text } = await post("/chat/completions", JSON.stringify({ ...ASK, stream: true }))
    expect(status).toBe(200)
    expect(headers.get("content-type")).toBe("text/event-stream; charset=utf-8")
    expect(headers.get("cache-control")).toBe("no-cache")
    expect(headers.has("content-length")).toBe(false)
    expect(headers.has("content-encoding")).toBe(false)
    const lines = text.split("\n")
    expect(lines.slice(-3)).toEqual(["data: [DONE]", "", ""])
    for (const [index, line] of lines.slice(0, -1).entries()) expect(line).toMatch(index % 2 === 0 ? /^data: (\{.*\}|\[DONE\])$/ : /^$/)
  })

  it("sees the first words long before the last, and hangs up with Ctrl-C or its time limit", async () => {
    const body = JSON.stringify({ ...ASK, messages: [{ role: "user", content: LONG.content }], max_tokens: LONG.max_tokens, stream: true })
    const { text, complete } = await post("/chat/completions", body, "--max-time", "1")
    expect(complete).toBe(false)
    expect(text).toContain('"content":"word ')
    expect(text).not.toContain('"finish_reason":"stop"')
    await cancelledJob(network)
  })

  it("may ask for compression, which a stream does not have", async () => {
    const { headers } = await post("/chat/completions", JSON.stringify({ ...ASK, stream: true }), "-H", "Accept-Encoding: gzip, br")
    expect(headers.has("content-encoding")).toBe(false)
  })

  it.each([
    ["no key", 401, "invalid_api_key", () => curl("/models")],
    ["a wrong key", 401, "invalid_api_key", () => curl("/models", "-H", "Authorization: Bearer sk-wrong")],
    ["an unknown model", 404, "model_not_found", () => post("/chat/completions", JSON.stringify({ ...ASK, model: "x" }))],
    ["an unknown model and a stream", 404, "model_not_found", () => post("/chat/completions", JSON.stringify({ ...ASK, model: "x", stream: true }))],
    ["half a body", 400, null, () => post("/chat/completions", '{"model":')],
    ["an unknown route", 404, "unknown_url", () => post("/chat/complete", "{}")],
    ["a wrong method", 405, null, () => curl("/chat/completions", "-X", "DELETE", "-H", `Authorization: Bearer ${network.apiKey}`)],
    ["a form for JSON", 400, null, () => post("/chat/completions", "a=b", "-H", "Content-Type:", "-H", "Content-Type: application/x-www-form-urlencoded")],
  ])("is told in OpenAI's form about %s", async (_, status, code, ask) => {
    const answer = await ask()
    expect(answer.status).toBe(status)
    expect(answer.headers.get("content-type")).toBe("application/json; charset=utf-8")
    expect(answer.headers.get("x-request-id")).toMatch(/^req_/)
    const { error } = JSON.parse(answer.text) as { error: { code: unknown; message: string } }
    expect(error.message).not.toMatch(/\/(work|home|node_modules)\/|FST_|\bat /)
    if (code !== null) expect(error.code).toBe(code)
  })
})
