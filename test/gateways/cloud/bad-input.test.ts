import OpenAI from "openai"
import { describe, expect, it } from "vitest"
import { INFERENCE_LIMITS } from "#gateways/cloud/conversation/inference-limits.ts"
import { bodyOf, failureOf } from "./failures.ts"
import { ABLE_MODEL, ASK, fakeNetwork, GOOD_KEY, MODEL, startGateway } from "./fake-network.ts"

const FUNCTION = { type: "function", function: { name: "f" } }

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
    [{ n: 0 }, "n", "invalid_value"],
    [{ n: 129 }, "n", "invalid_value"],
    [{ top_logprobs: 3 }, "top_logprobs", "invalid_value"],
    [{ logprobs: true, top_logprobs: 21 }, "top_logprobs", "invalid_value"],
    [{ logit_bias: { word: 1 } }, "logit_bias", "invalid_value"],
    [{ logit_bias: { 5: 101 } }, "logit_bias.5", "invalid_value"],
    [{ min_p: 2 }, "min_p", "invalid_value"],
    [{ repetition_penalty: 0 }, "repetition_penalty", "invalid_value"],
    [{ tools: [{ type: "function" }] }, "tools[0].function", "missing_required_parameter"],
    [{ tools: [{ type: "function", function: { name: "no spaces" } }] }, "tools[0].function.name", "invalid_value"],
    [{ tools: [FUNCTION, FUNCTION] }, "tools[1].function.name", "invalid_value"],
    [{ tools: [{ type: "function", function: { name: "f", parameters: 5 } }] }, "tools[0].function.parameters", "invalid_type"],
    [{ tool_choice: "required" }, "tool_choice", "invalid_value"],
    [{ tools: [FUNCTION], tool_choice: { type: "function" } }, "tool_choice.function", "missing_required_parameter"],
    [{ tools: [FUNCTION], tool_choice: { type: "function", function: { name: "g" } } }, "tool_choice.function.name", "invalid_value"],
    [{ response_format: { type: "xml" } }, "response_format.type", "invalid_value"],
    [{ response_format: { type: "json_schema" } }, "response_format.json_schema", "missing_required_parameter"],
    [{ response_format: { type: "json_schema", json_schema: { name: "s" } } }, "response_format.json_schema.schema", "missing_required_parameter"],
    [{ response_format: { type: "json_schema", json_schema: { name: "no spaces", schema: {} } } }, "response_format.json_schema.name", "invalid_value"],
    [{ messages: [{ role: "user", content: [{ type: "image_url", image_url: { url: "https://x/y.png" } }] }] }, "messages[0].content[0].image_url.url", "invalid_value"],
    [{ messages: [{ role: "assistant" }] }, "messages[0].content", "missing_required_parameter"],
    [{ messages: [{ role: "tool", content: "x" }] }, "messages[0].tool_call_id", "missing_required_parameter"],
    [{ messages: [{ role: "tool", content: "x", tool_call_id: "1" }] }, "messages[0].tool_call_id", "invalid_value"],
    [{ messages: [{ role: "assistant", tool_calls: [{ id: "1", type: "function" }] }] }, "messages[0].tool_calls[0].function", "missing_required_parameter"],
    [{ stream_options: { include_usage: true } }, "stream_options", "invalid_value"],
  ])("%j is a 400 that names %s", async (change, param, code) => {
    const { post, network } = await startGateway()
    expect(await bodyOf(await post({ ...ASK, ...change }))).toMatchObject({ status: 400, type: "invalid_request_error", param, code })
    expect(network.submitted).toEqual([])
    expect(network.counted.get(`cloud_rejected_total/${code}`)).toBe(1)
  })

  it.each([
    [{ functions: [{ name: "f" }] }, "functions"],
    [{ function_call: { name: "f" } }, "function_call"],
    [{ modalities: ["text", "audio"] }, "modalities"],
    [{ audio: { voice: "x" } }, "audio"],
    [{ web_search_options: {} }, "web_search_options"],
    [{ tools: [{ type: "custom", custom: { name: "f" } }] }, "tools[0].type"],
    [{ tools: [FUNCTION], tool_choice: { type: "allowed_tools" } }, "tool_choice.type"],
    [{ messages: [{ role: "user", content: [{ type: "image_url", image_url: { url: "data:image/png;base64,AA==" } }] }] }, "messages[0].content[0].type"],
    [{ messages: [{ role: "user", content: [{ type: "text", text: "x" }, { type: "input_audio", input_audio: {} }] }] }, "messages[0].content[1].type"],
    [{ messages: [{ role: "user", content: [{ type: "file", file: {} }] }] }, "messages[0].content[0].type"],
    [{ messages: [{ role: "function", name: "f", content: "x" }] }, "messages[0].role"],
    [{ messages: [{ role: "assistant", content: "x", function_call: { name: "f", arguments: "" } }] }, "messages[0].function_call"],
    [{ messages: [{ role: "assistant", tool_calls: [{ id: "1", type: "custom" }] }] }, "messages[0].tool_calls[0].type"],
  ])("%j, which no model here does, is refused by name, not ignored", async (change, param) => {
    const { client, network } = await startGateway()
    const error = await failureOf(client.chat.completions.create({ ...ASK, ...change } as typeof ASK))
    expect(error).toBeInstanceOf(OpenAI.BadRequestError)
    expect(error).toMatchObject({ param, code: "unsupported_parameter" })
    expect(network.submitted).toEqual([])
  })

  const asked = { role: "user", content: "x" }
  const calling = { role: "assistant", content: null, tool_calls: [{ id: "1", type: "function", function: { name: "f", arguments: "{}" } }] }
  it.each([
    [{ tools: [FUNCTION] }, "tools"],
    [{ messages: [asked, calling] }, "messages[1].tool_calls"],
    [{ messages: [asked, calling, { role: "tool", content: "x", tool_call_id: "1" }] }, "messages[2].role"],
    [{ response_format: { type: "json_object" } }, "response_format"],
    [{ response_format: { type: "json_schema", json_schema: { name: "s", schema: {} } } }, "response_format"],
    [{ logprobs: true }, "logprobs"],
    [{ logit_bias: { 5: 1 } }, "logit_bias"],
  ])("%j is refused by the parameter's and the model's name where the model does not offer it", async (change, param) => {
    const { client, network } = await startGateway()
    const error = await failureOf(client.chat.completions.create({ ...ASK, ...change } as typeof ASK))
    expect(error).toMatchObject({ status: 400, param, code: "unsupported_parameter" })
    expect(error.message).toContain(`\`${MODEL}\``)
    expect(network.submitted).toEqual([])
    const able: object = { ...ASK, ...change, model: ABLE_MODEL }
    expect((await client.chat.completions.create(able as typeof ASK)).choices).toHaveLength(1)
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

  it("takes a body of just under 8 MiB and refuses a larger one with 413, sized or not", async () => {
    const network = fakeNetwork()
    const { post, client, url } = await startGateway(network)
    const { bodyBytes } = INFERENCE_LIMITS
    const padded = (bytes: number) => ({ ...ASK, pad: "x".repeat(bytes) })
    expect((await post(padded(bodyBytes - 200))).status).toBe(200)
    const error = await failureOf(client.chat.completions.create(padded(bodyBytes + 1)))
    expect(error).toMatchObject({ status: 413, type: "invalid_request_error", code: "request_too_large" })
    const body = new Blob([JSON.stringify(padded(bodyBytes + 1))]).stream()
    const headers = { authorization: `Bearer ${GOOD_KEY}`, "content-type": "application/json" }
    const chunked = await fetch(`${url}/v1/chat/completions`, { method: "POST", headers, body, duplex: "half" } as RequestInit)
    expect(await bodyOf(chunked)).toMatchObject({ status: 413 })
  })
})
