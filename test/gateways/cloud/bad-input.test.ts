import OpenAI from "openai"
import { describe, expect, it } from "vitest"
import { bodyOf, failureOf } from "./failures.ts"
import { ASK, fakeNetwork, GOOD_KEY, startGateway } from "./fake-network.ts"

describe("bad input", () => {
  it.each([
    [{ messages: [] }, "messages", "invalid_value"],
    [{ messages: "hi" }, "messages", "invalid_type"],
    [{ model: 5 }, "model", "invalid_type"],
    [{ model: undefined }, "model", "missing_required_parameter"],
    [{ messages: [{ role: "wizard", content: "x" }] }, "messages[0].role", "invalid_value"],
    [{ messages: [{ role: "user" }] }, "messages[0].content", "missing_required_parameter"],
    [{ messages: [{ role: "user", content: 5 }] }, "messages[0].content", "invalid_type"],
    [{ messages: [{ role: "user", content: [{ type: "text" }] }] }, "messages[0].content[0].text", "missing_required_parameter"],
    [{ messages: [{ role: "user", content: "half \ud83e" }] }, "messages[0].content", "invalid_value"],
    [{ messages: Array.from({ length: 2049 }, () => ({ role: "user", content: "" })) }, "messages", "invalid_value"],
    [{ temperature: 2.1 }, "temperature", "invalid_value"],
    [{ temperature: "hot" }, "temperature", "invalid_type"],
    [{ top_p: -0.1 }, "top_p", "invalid_value"],
    [{ presence_penalty: 3 }, "presence_penalty", "invalid_value"],
    [{ seed: 1.5 }, "seed", "invalid_value"],
    [{ max_tokens: 0 }, "max_tokens", "invalid_value"],
    [{ max_completion_tokens: 1.5 }, "max_completion_tokens", "invalid_value"],
    [{ stop: ["a", "b", "c", "d", "e"] }, "stop", "invalid_value"],
    [{ stop: "" }, "stop", "invalid_value"],
    [{ stream: "yes" }, "stream", "invalid_type"],
    [{ stream_options: { include_usage: true } }, "stream_options", "invalid_value"],
  ])("%j is a 400 that names %s", async (change, param, code) => {
    const { post, network } = await startGateway()
    expect(await bodyOf(await post({ ...ASK, ...change }))).toMatchObject({ status: 400, type: "invalid_request_error", param, code })
    expect(network.submitted).toEqual([])
    expect(network.counted.get(`cloud_rejected_total/${code}`)).toBe(1)
  })

  it.each([
    [{ n: 2 }, "n"],
    [{ logprobs: true }, "logprobs"],
    [{ top_logprobs: 3 }, "top_logprobs"],
    [{ logit_bias: { "5": 1 } }, "logit_bias"],
    [{ tools: [{ type: "function", function: { name: "f" } }] }, "tools"],
    [{ tool_choice: "required" }, "tool_choice"],
    [{ functions: [{ name: "f" }] }, "functions"],
    [{ response_format: { type: "json_object" } }, "response_format"],
    [{ modalities: ["text", "audio"] }, "modalities"],
    [{ audio: { voice: "x" } }, "audio"],
    [{ messages: [{ role: "user", content: [{ type: "image_url", image_url: { url: "x" } }] }] }, "messages[0].content[0].type"],
    [{ messages: [{ role: "tool", content: "x", tool_call_id: "1" }] }, "messages[0].role"],
    [{ messages: [{ role: "assistant", tool_calls: [{ id: "1" }] }] }, "messages[0].tool_calls"],
  ])("%j is refused by name, not ignored", async (change, param) => {
    const { client, network } = await startGateway()
    const error = await failureOf(client.chat.completions.create({ ...ASK, ...change } as typeof ASK))
    expect(error).toBeInstanceOf(OpenAI.BadRequestError)
    expect(error).toMatchObject({ param, code: "unsupported_parameter" })
    expect(network.submitted).toEqual([])
  })

  it.each([
    ["broken JSON", '{"model": '],
    ["nothing", ""],
    ["white space", "  \n"],
    ["a depth bomb", `{"model":"m","x":${"[".repeat(500_000)}`],
    ["a depth bomb that closes", `{"messages":${"[".repeat(100)}${"]".repeat(100)}}`],
  ])("%s is a 400", async (_, text) => {
    const { post } = await startGateway()
    expect(await bodyOf(await post(text))).toMatchObject({ status: 400, code: "malformed_json", param: null })
  })

  it.each([["a list", "[]"], ["null", "null"], ["a word", '"hi"']])("%s instead of an object is a 400", async (_, text) => {
    const { post } = await startGateway()
    expect(await bodyOf(await post(text))).toMatchObject({ status: 400, code: "invalid_type" })
  })

  it("reads brackets inside strings as text", async () => {
    const { client } = await startGateway()
    const content = `\\"${"[{".repeat(200)}\\`
    expect(await client.chat.completions.create({ ...ASK, messages: [{ role: "user", content }] })).toHaveProperty("id")
  })

  it("takes JSON whatever its content type is called", async () => {
    const { post } = await startGateway()
    expect((await post(ASK, { "content-type": "application/x-www-form-urlencoded" })).status).toBe(200)
  })

  it("does not let a body set a prototype", async () => {
    const { post } = await startGateway()
    const response = await post(`{"__proto__":{"stream":true},"constructor":{"prototype":{"n":5}},${JSON.stringify(ASK).slice(1)}`)
    expect(response.headers.get("content-type")).toContain("application/json")
    expect(response.status).toBe(200)
  })

  it("takes a body of just under 1 MiB and refuses a larger one with 413, sized or not", async () => {
    const network = fakeNetwork()
    const { post, client, url } = await startGateway(network)
    const padded = (bytes: number) => ({ ...ASK, pad: "x".repeat(bytes) })
    expect((await post(padded(1024 * 1024 - 200))).status).toBe(200)
    const error = await failureOf(client.chat.completions.create(padded(3 * 1024 * 1024)))
    expect(error).toMatchObject({ status: 413, type: "invalid_request_error", code: "request_too_large" })
    const body = new Blob([JSON.stringify(padded(2 * 1024 * 1024))]).stream()
    const headers = { authorization: `Bearer ${GOOD_KEY}`, "content-type": "application/json" }
    const chunked = await fetch(`${url}/v1/chat/completions`, { method: "POST", headers, body, duplex: "half" } as RequestInit)
    expect(await bodyOf(chunked)).toMatchObject({ status: 413 })
  })
})
