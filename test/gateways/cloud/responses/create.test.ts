import type OpenAI from "openai"
import { describe, expect, it } from "vitest"
import { recordText } from "#domain/protocol/answer-text.ts"
import type { ResponseBody } from "#gateways/cloud/responses/response-body.ts"
import { openAIProblems } from "#test/support/openai-schemas.ts"
import { answering, MODEL, startGateway } from "../fake-network.ts"
import { ASK, gatewayWith, PATH, WEATHER } from "./response-gateway.ts"

const REQUIRED = [
  "id", "object", "created_at", "status", "error", "incomplete_details", "instructions", "metadata", "model", "output", "parallel_tool_calls",
  "temperature", "tool_choice", "tools", "top_p", "usage", "text", "truncation", "store", "background", "previous_response_id", "max_output_tokens",
]
const call = (id: string) => recordText({ type: "tool_call", call: { id, name: "weather", arguments: "{}" } })

// Compiles only while what we send is what the official client expects.
const asOfficial = (body: ResponseBody): Omit<OpenAI.Responses.Response, "output_text"> => body

describe("a response", () => {
  it("has every key of OpenAI's, text, usage and cost, and the id of its job", async () => {
    const { post, network } = await startGateway()
    const reply = await post(ASK, {}, PATH)
    const body = (await reply.json()) as ResponseBody
    expect(Object.keys(body)).toEqual(expect.arrayContaining(REQUIRED))
    expect(openAIProblems("Response", body)).toEqual([])
    expect(body).toMatchObject({
      status: "completed", output: [{ type: "message", role: "assistant", status: "completed", content: [{ type: "output_text", text: "Hello" }] }],
      usage: { input_tokens: 5, output_tokens: 2, total_tokens: 7, cost_micro_credits: "9" },
    })
    const jobId = network.submitted[0]?.jobId ?? ""
    expect(body.id).toBe(`resp_${jobId.slice("job_".length)}`)
    expect(reply.headers.get("x-resultity-job-id")).toBe(jobId)
    expect(network.submitted[0]).toMatchObject({ endpoint: PATH, mode: "sync" })
    expect(asOfficial).toBeTypeOf("function")
  })

  it("repeats the settings that it was asked for, and asks the network for them", async () => {
    const { client, network } = await startGateway()
    const schema = { type: "object", properties: {} }
    const asked = {
      instructions: "Be brief.", max_output_tokens: 9, temperature: 0.5, top_p: 0.25, parallel_tool_calls: false, metadata: { k: "v" }, user: "u",
      tool_choice: { type: "function", name: "weather" }, store: false, safety_identifier: "s", prompt_cache_key: "p",
      text: { format: { type: "json_schema", name: "x", schema, strict: true }, verbosity: "low" },
    } as const
    expect(await client.responses.create({ ...ASK, ...asked, tools: [WEATHER] })).toMatchObject({ ...asked, tools: [WEATHER] })
    expect(network.submitted[0]).toMatchObject({
      maxOutputTokens: 9,
      request: {
        messages: [{ role: "system", content: "Be brief." }, { role: "user", content: "Say hello" }],
        tools: [{ name: "weather" }], toolChoice: { name: "weather" }, parallelToolCalls: false,
        format: { type: "json_schema", schema }, sampling: { temperature: 0.5, top_p: 0.25 },
      },
    })
  })

  it("is sampled as a chat is, also beyond OpenAI's parameters of responses", async () => {
    const { post, network } = await startGateway()
    const sampling = { seed: 7, stop: ["x"], frequency_penalty: 0.5, top_k: 3 }
    expect((await post({ ...ASK, ...sampling }, {}, PATH)).status).toBe(200)
    expect(network.submitted[0]?.request).toMatchObject({ sampling })
  })

  it("accepts what changes nothing", async () => {
    const { post } = await startGateway()
    const harmless = {
      truncation: "disabled", background: false, reasoning: { effort: "low" }, service_tier: "auto", include: ["reasoning.encrypted_content"],
      conversation: null, tools: null, text: null, input: [{ type: "reasoning", id: "rs_1", summary: [] }, { role: "user", content: "x" }], new_field: 1,
    }
    expect((await post({ ...ASK, ...harmless }, {}, PATH)).status).toBe(200)
  })

  it("that was cut by its limit is incomplete, and says why", async () => {
    const { client } = await gatewayWith((say) => {
      say.tokens("Hel")
      say.finished("length", 1)
    })
    const body = await client.responses.create({ ...ASK, max_output_tokens: 1 })
    expect(body).toMatchObject({ status: "incomplete", incomplete_details: { reason: "max_output_tokens" }, output: [{ status: "incomplete" }] })
  })

  it("has an item for each call, with words before them as a message", async () => {
    const { client } = await gatewayWith(answering("Let me see.", call("call_1"), call("call_2")))
    const { output } = await client.responses.create({ ...ASK, tools: [WEATHER] })
    expect(output).toMatchObject([
      { type: "message", content: [{ text: "Let me see." }] },
      { type: "function_call", call_id: "call_1", name: "weather", arguments: "{}", status: "completed" },
      { type: "function_call", call_id: "call_2" },
    ])
    expect(new Set(output.map(({ id }) => id)).size).toBe(3)
  })

  it("has log probabilities where they are included", async () => {
    const one = { token: "Hi", bytes: [72, 105], logprob: -1 }
    const { client, network } = await gatewayWith(answering(recordText({ type: "logprobs", tokens: [{ ...one, top: [one] }] }), "Hi"))
    const body = await client.responses.create({ ...ASK, include: ["message.output_text.logprobs"], top_logprobs: 1 })
    expect(body.output).toMatchObject([{ content: [{ text: "Hi", logprobs: [{ ...one, top_logprobs: [one] }] }] }])
    expect(openAIProblems("Response", { ...body, output_text: "" })).toEqual([])
    expect(network.submitted[0]?.request).toMatchObject({ sampling: { top_logprobs: 1 } })
  })

  it("of a model that cannot do what is asked is refused in this route's words", async () => {
    const { post } = await startGateway()
    const reply = await post({ ...ASK, model: MODEL, text: { format: { type: "json_object" } } }, {}, PATH)
    expect(await reply.json()).toMatchObject({ error: { code: "unsupported_parameter", param: "text.format", message: expect.stringContaining("'text.format'") } })
  })
})
