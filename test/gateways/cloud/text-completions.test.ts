import { Schema } from "effect"
import type OpenAI from "openai"
import { describe, expect, it } from "vitest"
import { recordText } from "#domain/protocol/answer-text.ts"
import { type TextCompletion, TextCompletionChunk } from "#gateways/cloud/completions/text-completion.ts"
import { bodyOf, failureOf } from "./failures.ts"
import { ABLE_MODEL, answering, fakeNetwork, MODEL, type Script, startGateway } from "./fake-network.ts"

// Compiles only while what we send is what the official client expects.
const asOfficial = ({ choices, ...rest }: TextCompletion): OpenAI.Completion => ({ ...rest, choices })

const ASK = { model: ABLE_MODEL, prompt: "Once upon" } satisfies OpenAI.CompletionCreateParams
const PATH = "/v1/completions"

/** Says the prompt again, in capitals. */
const echoing: Script = (say, { request }) => {
  if (request.task !== "completion") throw new Error(`a ${request.task}`)
  say.tokens(typeof request.prompt === "string" ? request.prompt.toUpperCase() : request.prompt.join("+"))
  say.finished("stop", 1)
}

const gatewayWith = async (script: Script) => {
  const network = fakeNetwork()
  network.script = script
  return startGateway(network)
}

describe("a completion", () => {
  it("has text, finish reason, logprobs key, usage and cost", async () => {
    const { client, network } = await startGateway()
    const answer = await client.completions.create(ASK)
    expect(answer).toMatchObject({
      object: "text_completion", model: ABLE_MODEL, choices: [{ index: 0, text: "Hello", logprobs: null, finish_reason: "stop" }],
      usage: { prompt_tokens: 5, completion_tokens: 2, total_tokens: 7, cost_micro_credits: "9" },
    })
    expect(answer.id).toBe(`cmpl-${network.submitted[0]?.jobId.slice("job_".length)}`)
    expect(network.submitted[0]).toMatchObject({ maxOutputTokens: 16, request: { task: "completion", prompt: "Once upon", sampling: {} } })
    expect(asOfficial).toBeTypeOf("function")
  })

  it("of several prompts has a choice for each, n times, in their order, and each prompt is paid once", async () => {
    const { client, network } = await gatewayWith(echoing)
    const { choices, usage } = await client.completions.create({ ...ASK, prompt: ["a", "b", "c"], n: 2, max_tokens: 4 })
    expect(choices.map(({ index, text }) => [index, text])).toEqual([[0, "A"], [1, "A"], [2, "B"], [3, "B"], [4, "C"], [5, "C"]])
    expect(network.submitted.map(({ paidPromptTokens }) => paidPromptTokens)).toEqual([5, 0, 5, 0, 5, 0])
    expect(usage).toMatchObject({ prompt_tokens: 15, completion_tokens: 6 })
  })

  it.each([
    ["one prompt in tokens", [1, 2], ["1+2"]],
    ["several prompts in tokens", [[1, 2], [3]], ["1+2", "3"]],
    ["a list of one text", ["x"], ["X"]],
  ])("takes %s", async (_, prompt, texts) => {
    const { client } = await gatewayWith(echoing)
    expect((await client.completions.create({ ...ASK, prompt })).choices.map(({ text }) => text)).toEqual(texts)
  })

  it("streams the same text, with one end and the usage that was asked for", async () => {
    const { post } = await startGateway()
    const body = { ...ASK, prompt: ["a", "b"], stream: true, stream_options: { include_usage: true } }
    const events = (await (await post(body, {}, PATH)).text()).split("\n\n").filter((event) => event !== "")
    expect(events.at(-1)).toBe("data: [DONE]")
    const chunks = events.slice(0, -1).map((event) => Schema.decodeUnknownSync(TextCompletionChunk)(JSON.parse(event.replace("data: ", ""))))
    const textOf = (index: number) => chunks.flatMap(({ choices }) => choices.filter((choice) => choice.index === index)).map(({ text }) => text).join("")
    expect([textOf(0), textOf(1)]).toEqual(["Hello", "Hello"])
    const ends = chunks.flatMap(({ choices }) => choices.map(({ finish_reason }) => finish_reason)).filter((reason) => reason !== null)
    expect(ends).toEqual(["stop", "stop"])
    expect(chunks.filter(({ usage }) => usage !== null)).toEqual([expect.objectContaining({ choices: [], usage: expect.objectContaining({ completion_tokens: 4 }) })])
  })

  it("has log probabilities in their old form, with offsets in characters", async () => {
    const chosen = (token: string, bytes: readonly number[]) => {
      const one = { token, bytes, logprob: -1 }
      return recordText({ type: "logprobs", tokens: [{ ...one, top: [one, { token: "x", bytes: [120], logprob: -2 }] }] })
    }
    // The fox is four bytes in two tokens and two UTF-16 units in a text.
    const parts = [chosen("é", [0xc3, 0xa9]), "é", chosen("\\xf0\\x9f", [0xf0, 0x9f]), "", chosen("\\xa6\\x8a", [0xa6, 0x8a]), "🦊", chosen("!", [0x21]), "!"]
    const { client, network } = await gatewayWith(answering(...parts))
    const expected = { token_logprobs: [-1, -1, -1, -1], text_offset: [0, 1, 1, 3], top_logprobs: expect.arrayContaining([{ "é": -1, x: -2 }]) }
    const { choices } = await client.completions.create({ ...ASK, logprobs: 2 })
    expect(choices[0]).toMatchObject({ text: "é🦊!", logprobs: expected })
    expect(network.submitted[0]?.request).toMatchObject({ sampling: { top_logprobs: 2 } })
    const offsets: number[] = []
    for await (const { choices: streamed } of await client.completions.create({ ...ASK, logprobs: 2, stream: true })) {
      offsets.push(...(streamed[0]?.logprobs?.text_offset ?? []))
    }
    expect(offsets).toEqual([0, 1, 1, 3])
  })

  it.each([[true], [false]])("gives the prompt back before the text where that is wanted (stream: %s)", async (stream) => {
    const { client } = await gatewayWith(echoing)
    const texts = ["", ""]
    const answer = await client.completions.create({ ...ASK, prompt: ["a", "b"], echo: true, stream })
    if ("choices" in answer) for (const { index, text } of answer.choices) texts[index] += text
    else for await (const { choices } of answer) for (const { index, text } of choices) texts[index] += text
    expect(texts).toEqual(["aA", "bB"])
  })

  it("has the text after it where there is one", async () => {
    const { client, network } = await startGateway()
    await client.completions.create({ ...ASK, suffix: " the end" })
    expect(network.submitted[0]?.request).toMatchObject({ suffix: " the end" })
  })

  it.each([
    [{ prompt: undefined }, "prompt", "missing_required_parameter"],
    [{ prompt: 5 }, "prompt", "invalid_type"],
    [{ prompt: [] }, "prompt", "invalid_value"],
    [{ prompt: [[1], []] }, "prompt[1]", "invalid_value"],
    [{ prompt: "half \ud83e" }, "prompt", "invalid_value"],
    [{ prompt: Array.from({ length: 129 }, () => "x") }, "prompt", "invalid_value"],
    [{ prompt: ["a", "b"], n: 65 }, "n", "invalid_value"],
    [{ n: 2, best_of: 3 }, "best_of", "unsupported_parameter"],
    [{ logprobs: 6 }, "logprobs", "invalid_value"],
    [{ logprobs: true }, "logprobs", "invalid_type"],
    [{ max_tokens: 0 }, "max_tokens", "invalid_value"],
    [{ echo: true, prompt: [1] }, "echo", "unsupported_parameter"],
    [{ echo: true, logprobs: 1 }, "echo", "unsupported_parameter"],
    [{ stream_options: {} }, "stream_options", "invalid_value"],
  ])("with %j is a 400 that names %s", async (change, param, code) => {
    const { post, network } = await startGateway()
    expect(await bodyOf(await post({ ...ASK, ...change }, {}, PATH))).toMatchObject({ status: 400, param, code })
    expect(network.submitted).toEqual([])
  })

  it("takes best_of where it is n, and what has no effect", async () => {
    const { client } = await startGateway()
    expect((await client.completions.create({ ...ASK, n: 2, best_of: 2, user: "u" })).choices).toHaveLength(2)
  })

  it("is refused by a model that can only chat, by name", async () => {
    const { client } = await startGateway()
    const error = await failureOf(client.completions.create({ ...ASK, model: MODEL }))
    expect(error).toMatchObject({ status: 400, code: "unsupported_model", param: "model" })
    expect(error.message).toContain("/v1/chat/completions")
  })

  it("that does not fit says so in the words that clients look for", async () => {
    const network = fakeNetwork()
    network.promptTokens = 1_000
    const { client } = await startGateway(network)
    const error = await failureOf(client.completions.create(ASK))
    expect(error).toMatchObject({ code: "context_length_exceeded", param: "prompt" })
    expect(error.message).toContain("maximum context length")
  })

  it("of a node that calls a tool in it is malformed", async () => {
    const { client } = await gatewayWith(answering(recordText({ type: "tool_call", call: { id: "1", name: "f", arguments: "{}" } })))
    expect(await failureOf(client.completions.create(ASK))).toMatchObject({ status: 502, code: "malformed_answer" })
  })
})
