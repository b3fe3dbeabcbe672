import fc from "fast-check"
import type OpenAI from "openai"
import { describe, expect, it } from "vitest"
import { type AnswerRecord, recordText } from "#domain/protocol/answer-text.ts"
import { failureOf } from "./failures.ts"
import { ABLE_MODEL, fakeNetwork, type Script, startGateway, until } from "./fake-network.ts"

const tools = ["weather", "time"].map((name) => ({ type: "function" as const, function: { name, parameters: { type: "object" } } }))
const ASK = { model: ABLE_MODEL, messages: [{ role: "user", content: "Say hello" }], tools } satisfies OpenAI.ChatCompletionCreateParams

const weather: AnswerRecord = { type: "tool_call", call: { id: "call_1", name: "weather", arguments: '{"city":"Köln \\"🦊\\""}' } }
const time: AnswerRecord = { type: "tool_call", call: { id: "call_2", name: "time", arguments: "{}" } }
const chosen = (token: string, logprob: number): AnswerRecord => {
  const one = { token, bytes: [...Buffer.from(token)], logprob }
  return { type: "logprobs", tokens: [{ ...one, top: [one, { token: "x", bytes: [120], logprob: -9 }] }] }
}

const saying = (parts: readonly string[], finishReason: "stop" | "tool_calls" = "stop"): Script => (say) => {
  for (const part of parts) say.tokens(part)
  say.finished(finishReason, parts.length)
}

const gatewaySaying = async (...script: Parameters<typeof saying>) => {
  const network = fakeNetwork()
  network.script = saying(...script)
  return startGateway(network)
}

describe("tool calls", () => {
  const calls = [
    { id: "call_1", type: "function", function: { name: "weather", arguments: '{"city":"Köln \\"🦊\\""}' } },
    { id: "call_2", type: "function", function: { name: "time", arguments: "{}" } },
  ]

  it("are in the message of a whole answer, whose content is null", async () => {
    const { client, network } = await gatewaySaying([recordText(weather), recordText(time)], "tool_calls")
    const { choices } = await client.chat.completions.create({ ...ASK, tool_choice: "required", parallel_tool_calls: false })
    expect(choices).toEqual([
      { index: 0, message: { role: "assistant", content: null, refusal: null, tool_calls: calls }, logprobs: null, finish_reason: "tool_calls" },
    ])
    expect(network.submitted[0]?.request).toMatchObject({
      tools: [{ name: "weather", parameters: { type: "object" } }, { name: "time", parameters: { type: "object" } }],
      toolChoice: "required", parallelToolCalls: false,
    })
  })

  it("come in a stream as identity first and arguments after it, each call under its index", async () => {
    const { client } = await gatewaySaying(["Let me see", recordText(weather), recordText(time)], "tool_calls")
    const deltas: OpenAI.ChatCompletionChunk.Choice.Delta[] = []
    let last: string | null | undefined
    for await (const chunk of await client.chat.completions.create({ ...ASK, stream: true })) {
      for (const choice of chunk.choices) {
        deltas.push(choice.delta)
        last = choice.finish_reason
      }
    }
    expect(last).toBe("tool_calls")
    expect(deltas).toEqual([
      { role: "assistant", content: "" }, { content: "Let me see" },
      { tool_calls: [{ index: 0, id: "call_1", type: "function", function: { name: "weather", arguments: "" } }] },
      { tool_calls: [{ index: 0, function: { arguments: calls[0]?.function.arguments } }] },
      { tool_calls: [{ index: 1, id: "call_2", type: "function", function: { name: "time", arguments: "" } }] },
      { tool_calls: [{ index: 1, function: { arguments: "{}" } }] },
      {},
    ])
  })

  it("are put together by the official client's accumulator, with strict tools too", async () => {
    const { client } = await gatewaySaying([recordText(weather), recordText(time)], "tool_calls")
    const strict = tools.map((tool) => ({ ...tool, function: { ...tool.function, strict: true } }))
    const final = await client.chat.completions.stream({ ...ASK, tools: strict }).finalChatCompletion()
    expect(final.choices[0]?.message.tool_calls).toMatchObject(calls)
    expect(final.choices[0]?.finish_reason).toBe("tool_calls")
  })

  it("run the official client's tool loop: what the client answers comes back to the model with the call's id", async () => {
    const network = fakeNetwork()
    network.script = (say, job) => saying(job.request.task === "chat" && job.request.messages.length > 1 ? ["Rain"] : [recordText(weather)])(say, job)
    const { client } = await startGateway(network)
    const runner = client.chat.completions.runTools({
      ...ASK,
      tools: [{ type: "function", function: { name: "weather", description: "", parameters: {}, function: (args: string) => `rain for ${args}` } }],
    })
    expect(await runner.finalContent()).toBe("Rain")
    const [, second] = network.submitted
    expect(second?.request).toMatchObject({
      messages: [
        { role: "user", content: "Say hello" }, { role: "assistant", content: "", toolCalls: [{ id: "call_1", name: "weather" }] },
        { role: "tool", content: `rain for ${weather.call.arguments}`, toolCallId: "call_1" },
      ],
    })
  })
})

describe("log probabilities", () => {
  const parts = [recordText(chosen("Hel", -0.5)), "Hel", recordText(chosen("lo", -0.25)), "lo"]
  const content = [
    { token: "Hel", bytes: [72, 101, 108], logprob: -0.5, top_logprobs: [{ token: "Hel", bytes: [72, 101, 108], logprob: -0.5 }, { token: "x", bytes: [120], logprob: -9 }] },
    { token: "lo", bytes: [108, 111], logprob: -0.25, top_logprobs: [{ token: "lo", bytes: [108, 111], logprob: -0.25 }, { token: "x", bytes: [120], logprob: -9 }] },
  ]
  const asked = { ...ASK, logprobs: true, top_logprobs: 2 }

  it("are in a whole answer", async () => {
    const { client, network } = await gatewaySaying(parts)
    const [choice] = (await client.chat.completions.create(asked)).choices
    expect(choice?.logprobs).toEqual({ content, refusal: null })
    expect(choice?.message.content).toBe("Hello")
    expect(network.submitted[0]?.request).toMatchObject({ sampling: { top_logprobs: 2 } })
  })

  it("come in a stream with the text that they are of", async () => {
    const { client } = await gatewaySaying(parts)
    const seen: unknown[] = []
    for await (const { choices } of await client.chat.completions.create({ ...asked, stream: true })) {
      for (const { delta, logprobs } of choices) seen.push([delta.content, logprobs?.content?.map(({ token }) => token)])
    }
    expect(seen).toEqual([["", undefined], ["Hel", ["Hel"]], ["lo", ["lo"]], [undefined, undefined]])
  })
})

describe("what a node sends that is no answer", () => {
  const broken: readonly (readonly [string, readonly string[]])[] = [
    ["a record that is none", ["Hel", '\u001e{"type":"surprise"}\n']],
    ["a vector in a chat", ["Hel", recordText({ type: "embedding", vector: "AAAA" })]],
  ]

  it.each(broken)("%s is a 502 for a whole answer, is counted, and its job is cancelled", async (_, parts) => {
    const { client, network } = await gatewaySaying(parts)
    const error = await failureOf(client.chat.completions.create(ASK))
    expect(error).toMatchObject({ status: 502, code: "malformed_answer", type: "server_error" })
    expect(error.headers?.get("x-should-retry")).toBe("false")
    expect(network.counted.get("cloud_malformed_answer_total")).toBe(1)
    await until(() => network.cancelled.length > 0)
    expect(network.cancelled[0]?.reason).toBe("malformed_answer")
  })

  it.each(broken)("%s ends a stream with an error event", async (_, parts) => {
    const { post } = await gatewaySaying(parts)
    const text = await (await post({ ...ASK, stream: true })).text()
    expect(text).toContain('"content":"Hel"')
    expect(JSON.parse(text.trimEnd().split("\n\n").at(-1)?.replace("data: ", "") ?? "")).toMatchObject({ error: { code: "malformed_answer" } })
    expect(text).not.toContain("[DONE]")
  })
})

it("is the same answer however its text is cut into parts", async () => {
  const whole = ["Hi 🦊 ", recordText(chosen("there", -1)), "there", recordText(weather), "and\n", recordText(time)].join("")
  const network = fakeNetwork()
  const { client } = await startGateway(network)
  const read = async () => {
    const { choices } = await client.chat.completions.stream({ ...ASK, logprobs: true }).finalChatCompletion()
    const [{ message, logprobs } = { message: null, logprobs: null }] = choices
    return { content: message?.content, calls: message?.tool_calls?.map((call) => (call.type === "function" ? [call.id, call.function.name, call.function.arguments] : [])), logprobs }
  }
  network.script = saying([whole], "tool_calls")
  const expected = await read()
  expect(expected).toMatchObject({ content: "Hi 🦊 thereand\n", calls: [["call_1", "weather", weather.call.arguments], ["call_2", "time", "{}"]] })
  const cuts = fc.array(fc.integer({ min: 0, max: whole.length }), { maxLength: 12 })
  await fc.assert(
    fc.asyncProperty(cuts, async (at) => {
      const ends = [0, ...at.toSorted((one, other) => one - other), whole.length]
      network.script = saying(ends.slice(1).map((end, index) => whole.slice(ends[index], end)), "tool_calls")
      expect(await read()).toEqual(expected)
    }),
    { numRuns: 60 },
  )
})
