import { Effect, Schema } from "effect"
import type OpenAI from "openai"
import { describe, expect, it } from "vitest"
import { newAttemptId } from "#commands/ids.ts"
import type { ChatJob } from "#commands/job/submit-chat.ts"
import { deliveredSubject } from "#domain/protocol/bus-messages.ts"
import type { ChatCompletion } from "#gateways/cloud/chat/chat-completion.ts"
import { ChatCompletionChunk } from "#gateways/cloud/chat/chat-chunks.ts"
import { answering, ASK, CONTEXT_LENGTH, fakeNetwork, startGateway, until } from "./fake-network.ts"

// Compiles only while what we send is what the official client expects.
const asOfficialAnswer = (answer: ChatCompletion): OpenAI.ChatCompletion => answer
const asOfficialChunk = (chunk: typeof ChatCompletionChunk.Type): OpenAI.ChatCompletionChunk => ({
  ...chunk, choices: chunk.choices, usage: chunk.usage ?? null,
})

const chatOf = (job: ChatJob | undefined) => (job?.request.task === "chat" ? job.request : undefined)

const decodeChunk = Schema.decodeUnknownSync(ChatCompletionChunk)

/** The raw events of a stream: chunks, and whether the end mark was the last. */
const eventsOf = async (response: Response) => {
  const events = (await response.text()).split("\n\n").filter((event) => event !== "")
  const chunks = events.slice(0, -1).map((event) => asOfficialChunk(decodeChunk(JSON.parse(event.replace(/^data: /, "")))))
  return { chunks, last: events.at(-1) }
}

describe("a whole answer", () => {
  it("has the text, the finish reason, the usage and its cost", async () => {
    const { client, network } = await startGateway()
    const answer = await client.chat.completions.create(ASK)
    expect(answer.choices).toEqual([
      { index: 0, message: { role: "assistant", content: "Hello", refusal: null }, logprobs: null, finish_reason: "stop" },
    ])
    expect(answer.usage).toEqual({
      prompt_tokens: 5, completion_tokens: 2, total_tokens: 7, cost: "0.000009", cost_micro_credits: "9",
      prompt_tokens_details: { cached_tokens: 0, audio_tokens: 0 },
      completion_tokens_details: { reasoning_tokens: 0, audio_tokens: 0, accepted_prediction_tokens: 0, rejected_prediction_tokens: 0 },
    })
    expect(answer).toMatchObject({ object: "chat.completion", model: ASK.model })
    expect(answer.id).toBe(`chatcmpl-${network.submitted[0]?.jobId.slice("job_".length)}`)
    expect(network.kept).toEqual(["Hello"])
    expect(asOfficialAnswer).toBeTypeOf("function")
  })

  it("names its job and not its node in the headers", async () => {
    const { post, network } = await startGateway()
    const response = await post(ASK)
    expect(response.headers.get("x-resultity-job-id")).toBe(network.submitted[0]?.jobId)
    expect(await response.text()).not.toContain("0xab")
    expect(JSON.stringify([...response.headers])).not.toContain("0xab")
  })

  it("says length when the limit cut it", async () => {
    const network = fakeNetwork()
    network.script = (say) => {
      say.tokens("Hel")
      say.finished("length", 1)
    }
    const { client } = await startGateway(network)
    expect((await client.chat.completions.create(ASK)).choices[0]?.finish_reason).toBe("length")
  })

  it("may be empty", async () => {
    const network = fakeNetwork()
    network.script = answering()
    const { client } = await startGateway(network)
    const answer = await client.chat.completions.create(ASK)
    expect(answer.choices[0]?.message.content).toBe("")
    expect(answer.usage?.completion_tokens).toBe(0)
  })

  it("leaves nobody listening on the bus but who says what the client has, for whoever records the end", async () => {
    const { client, network } = await startGateway()
    const before = network.bus.listeners()
    await client.chat.completions.create(ASK)
    const left = network.bus.listeners().filter((subject) => !before.includes(subject))
    expect(left).toEqual([expect.stringMatching(/^delivered\./)])
  })
})

describe("a stream", () => {
  it("starts with the role, ends with the finish reason and [DONE], and repeats id, created and model", async () => {
    const { post } = await startGateway()
    const response = await post({ ...ASK, stream: true })
    expect(response.headers.get("content-type")).toBe("text/event-stream; charset=utf-8")
    expect(response.headers.get("cache-control")).toBe("no-cache")
    expect(response.headers.get("x-request-id")).toMatch(/^req_/)
    expect(response.headers.get("x-resultity-job-id")).toMatch(/^job_/)
    const { chunks, last } = await eventsOf(response)
    expect(last).toBe("data: [DONE]")
    expect(chunks.map((chunk) => chunk.choices[0]?.delta)).toEqual([
      { role: "assistant", content: "" }, { content: "Hel" }, { content: "lo" }, {},
    ])
    expect(chunks.map((chunk) => chunk.choices[0]?.finish_reason)).toEqual([null, null, null, "stop"])
    expect(new Set(chunks.map(({ id, created, model }) => `${id} ${created} ${model}`)).size).toBe(1)
  })

  it("is understood by the official client's accumulator", async () => {
    const { client } = await startGateway()
    const stream = client.chat.completions.stream(ASK)
    expect(await stream.finalContent()).toBe("Hello")
    expect((await stream.finalChatCompletion()).choices[0]?.finish_reason).toBe("stop")
  })

  it("has no usage unless asked", async () => {
    const { post } = await startGateway()
    expect(await (await post({ ...ASK, stream: true })).text()).not.toContain("usage")
  })

  it("has exactly one usage chunk without choices when asked", async () => {
    const { post } = await startGateway()
    const { chunks, last } = await eventsOf(await post({ ...ASK, stream: true, stream_options: { include_usage: true } }))
    expect(last).toBe("data: [DONE]")
    expect(chunks.at(-1)).toMatchObject({
      choices: [], usage: { prompt_tokens: 5, completion_tokens: 2, total_tokens: 7, cost_micro_credits: "9" },
    })
    expect(chunks.slice(0, -1).every((chunk) => chunk.usage === null && chunk.choices.length === 1)).toBe(true)
  })

  it("carries text that needs escaping unchanged", async () => {
    const nasty = 'quote " back \\ line\n\r tab\t nul \u0000 emoji 🦊 separators \u2028\u2029 data: x\n\n'
    const network = fakeNetwork()
    network.script = answering(nasty)
    const { client } = await startGateway(network)
    expect(await client.chat.completions.stream(ASK).finalContent()).toBe(nasty)
  })

  it("has the text of two attempts once when a node fails in the middle", async () => {
    const network = fakeNetwork()
    network.script = async (say, job) => {
      const failed = newAttemptId()
      say.tokens("Hel", 1, failed)
      const reply = await Effect.runPromise(network.bus.request(deliveredSubject(job.jobId), { fence: failed }, 1))
      expect(reply).toEqual({ attempts: [{ attemptId: failed, tokens: 1 }], text: "Hel", length: 3 })
      say.tokens("lo", 1, failed)
      say.tokens("lo")
      say.finished("stop", 1)
    }
    const { client } = await startGateway(network)
    const stream = client.chat.completions.stream({ ...ASK, stream_options: { include_usage: true } })
    expect(await stream.finalContent()).toBe("Hello")
    expect((await stream.totalUsage()).completion_tokens).toBe(2)
  })
})

describe("a node that is faster than the record of its job", () => {
  it("loses no token", async () => {
    const network = fakeNetwork()
    const accept = network.submit
    network.submit = (job) => Effect.tap(accept(job), () => Effect.promise(() => until(() => network.answered > 0)))
    const { client } = await startGateway(network)
    expect((await client.chat.completions.create(ASK)).choices[0]?.message.content).toBe("Hello")
  })
})

describe("the price", () => {
  it("is never above the hold, whatever was delivered", async () => {
    const network = fakeNetwork()
    network.script = answering("one", "two", "three")
    const { client } = await startGateway(network)
    const { usage } = await client.chat.completions.create({ ...ASK, max_tokens: 2 })
    expect(usage).toMatchObject({ completion_tokens: 2, cost_micro_credits: "9" })
  })
})

describe("what the network is asked", () => {
  const submittedFor = async (body: object) => {
    const { post, network } = await startGateway()
    const response = await post({ ...ASK, ...body })
    expect(await response.json()).toHaveProperty("choices")
    return network.submitted[0]
  }

  it("has developer messages as system messages and text parts as one text", async () => {
    const job = await submittedFor({
      messages: [
        { role: "developer", content: "Be brief" },
        { role: "user", name: "ann", content: [{ type: "text", text: "one" }, { type: "text", text: "two" }] },
        { role: "assistant", content: [{ type: "refusal", refusal: "no" }], tool_calls: null },
      ],
    })
    expect(chatOf(job)?.messages).toEqual([
      { role: "system", content: "Be brief" }, { role: "user", content: "one\ntwo" }, { role: "assistant", content: "no" },
    ])
  })

  it("has every sampling parameter that was given, and no other", async () => {
    const sampling = { temperature: 0, top_p: 0.5, seed: 7, frequency_penalty: -2, presence_penalty: 2, top_k: 4, min_p: 0.1, repetition_penalty: 1.1 }
    expect(chatOf(await submittedFor({ ...sampling, stop: ["a", "b"] }))?.sampling).toEqual({ ...sampling, stop: ["a", "b"] })
    expect(chatOf(await submittedFor({}))?.sampling).toEqual({})
  })

  it("takes a single stop string as a list of one", async () => {
    expect(chatOf(await submittedFor({ stop: "\n" }))?.sampling).toEqual({ stop: ["\n"] })
  })

  it("prefers max_completion_tokens to max_tokens", async () => {
    expect((await submittedFor({ max_tokens: 9, max_completion_tokens: 3 }))?.maxOutputTokens).toBe(3)
    expect((await submittedFor({ max_tokens: 9 }))?.maxOutputTokens).toBe(9)
    expect((await submittedFor({}))?.maxOutputTokens).toBeNull()
  })

  it("cuts a limit to the room that the prompt leaves", async () => {
    expect((await submittedFor({ max_tokens: 100_000 }))?.maxOutputTokens).toBe(CONTEXT_LENGTH - 5)
  })

  it("treats null as absent, ignores unknown fields and accepts what has no effect", async () => {
    const nulls = ["models", "resultity", "tool_choice", "response_format", "top_logprobs", "logit_bias", "min_p", "temperature", "top_p", "n", "stop", "seed", "tools", "logprobs", "stream", "stream_options", "max_tokens", "audio"]
    const job = await submittedFor({
      ...Object.fromEntries(nulls.map((name) => [name, null])),
      n: 1, logit_bias: {}, tools: [], tool_choice: "none", response_format: { type: "text" }, modalities: ["text"],
      user: "u", metadata: { a: "b" }, store: true, service_tier: "auto", safety_identifier: "s", prompt_cache_key: "k",
      reasoning_effort: "low", verbosity: "low", prediction: { type: "content", content: "x" }, parallel_tool_calls: true,
      anything: { else: [1] },
    })
    expect(chatOf(job)).toEqual({ task: "chat", messages: [{ role: "user", content: "Say hello" }], sampling: {} })
  })
})
