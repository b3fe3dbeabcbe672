import type OpenAI from "openai"
import { describe, expect, it } from "vitest"
import { recordText } from "#domain/protocol/answer-text.ts"
import type { EmbeddingList } from "#gateways/cloud/embeddings/embedding-list.ts"
import { bodyOf, failureOf } from "./failures.ts"
import { ABLE_MODEL, fakeNetwork, GOOD_KEY, MODEL, type Script, startGateway, until } from "./fake-network.ts"

// Compiles only while what we send is what the official client expects of the plain form.
const asOfficial = ({ data, ...rest }: EmbeddingList): OpenAI.CreateEmbeddingResponse => ({
  ...rest, data: data.map((one) => ({ ...one, embedding: typeof one.embedding === "string" ? [] : one.embedding })),
})

const ASK = { model: ABLE_MODEL, input: "hello" } satisfies OpenAI.EmbeddingCreateParams
const PATH = "/v1/embeddings"

const base64 = (...numbers: readonly number[]): string => Buffer.from(Float32Array.from(numbers).buffer).toString("base64")

/** The vector of the nth input is [n, n + 0.5, …], which float32 has exactly. */
const vectors = (dimensions = 2): Script => (say, { request }) => {
  if (request.task !== "embedding") throw new Error(`a ${request.task}`)
  for (const index of request.inputs.keys()) {
    say.tokens(recordText({ type: "embedding", vector: base64(...Array.from({ length: dimensions }, (_, n) => index + n / 2)) }), 0)
  }
  say.finished("stop", 0)
}

const gatewayWith = async (script: Script = vectors()) => {
  const network = fakeNetwork()
  network.script = script
  return startGateway(network)
}

describe("embeddings", () => {
  it("are plain numbers on the wire unless base64 is asked for", async () => {
    const { post } = await gatewayWith()
    const body = async (change: object) => (await (await post({ ...ASK, ...change }, {}, PATH)).json()) as EmbeddingList
    expect(await body({})).toEqual({
      object: "list", model: ABLE_MODEL, data: [{ object: "embedding", index: 0, embedding: [0, 0.5] }],
      usage: { prompt_tokens: 5, total_tokens: 5, cost: "0.000005", cost_micro_credits: "5" },
    })
    expect((await body({ encoding_format: "float" })).data[0]?.embedding).toEqual([0, 0.5])
    expect((await body({ encoding_format: "base64" })).data[0]?.embedding).toBe(base64(0, 0.5))
    expect(asOfficial).toBeTypeOf("function")
  })

  it("are the same for the official client, which asks for base64 by itself", async () => {
    const { client } = await gatewayWith()
    expect((await client.embeddings.create(ASK)).data[0]?.embedding).toEqual([0, 0.5])
    expect((await client.embeddings.create({ ...ASK, encoding_format: "float" })).data[0]?.embedding).toEqual([0, 0.5])
  })

  it("of many inputs are one job, in their order", async () => {
    const { client, network } = await gatewayWith()
    const input = Array.from({ length: 2_048 }, (_, index) => `text ${index}`)
    const { data } = await client.embeddings.create({ ...ASK, input })
    expect(data.map(({ index, embedding }) => [index, embedding[0]])).toEqual(input.map((_, index) => [index, index]))
    expect(network.submitted).toHaveLength(1)
    expect(network.submitted[0]).toMatchObject({ maxOutputTokens: 1, request: { task: "embedding", inputs: input } })
  })

  it.each([
    ["one input in tokens", [1, 2], [[1, 2]]],
    ["several inputs in tokens", [[1, 2], [3]], [[1, 2], [3]]],
    ["a list of one text", ["x"], ["x"]],
  ])("take %s", async (_, input, inputs) => {
    const { client, network } = await gatewayWith()
    expect((await client.embeddings.create({ ...ASK, input })).data).toHaveLength(inputs.length)
    expect(network.submitted[0]?.request).toMatchObject({ inputs })
  })

  it("pay for all inputs, though only the longest has to fit into the context", async () => {
    const network = fakeNetwork()
    network.script = vectors()
    network.promptTokens = 1_000
    network.longest = 128
    const { client } = await startGateway(network)
    expect((await client.embeddings.create({ ...ASK, input: ["a", "b"] })).usage).toMatchObject({ prompt_tokens: 1_000, total_tokens: 1_000 })
    expect(network.submitted[0]).toMatchObject({ promptTokens: 128, paidPromptTokens: 1_000, contextLength: 128 })
    network.longest = 129
    expect(await failureOf(client.embeddings.create(ASK))).toMatchObject({ status: 400, code: "context_length_exceeded", param: "input" })
  })

  it("have the dimensions that were asked for, exactly", async () => {
    const { client, network } = await gatewayWith(vectors(3))
    expect((await client.embeddings.create({ ...ASK, dimensions: 3 })).data[0]?.embedding).toHaveLength(3)
    expect(network.submitted[0]?.request).toMatchObject({ dimensions: 3 })
    expect(await failureOf(client.embeddings.create({ ...ASK, dimensions: 2 }))).toMatchObject({ status: 502, code: "malformed_answer" })
  })

  it("that are too few, or not all as long, are no answer", async () => {
    const saying = (...lengths: readonly number[]): Script => (say) => {
      for (const length of lengths) say.tokens(recordText({ type: "embedding", vector: base64(...Array.from({ length }, () => 1)) }), 0)
      say.finished("stop", 0)
    }
    for (const script of [saying(2), saying(2, 3), saying(0, 0)]) {
      const { client, network } = await gatewayWith(script)
      expect(await failureOf(client.embeddings.create({ ...ASK, input: ["a", "b"] }))).toMatchObject({ status: 502, code: "malformed_answer" })
      expect(network.counted.get("cloud_malformed_answer_total")).toBe(1)
    }
  })

  it.each([
    [{ input: undefined }, "input", "missing_required_parameter"],
    [{ input: "" }, "input", "invalid_value"],
    [{ input: [] }, "input", "invalid_value"],
    [{ input: ["a", ""] }, "input[1]", "invalid_value"],
    [{ input: [[1], []] }, "input[1]", "invalid_value"],
    [{ input: 5 }, "input", "invalid_type"],
    [{ input: Array.from({ length: 2_049 }, () => "x") }, "input", "invalid_value"],
    [{ encoding_format: "hex" }, "encoding_format", "invalid_value"],
    [{ dimensions: 0 }, "dimensions", "invalid_value"],
    [{ model: MODEL }, "model", "unsupported_model"],
  ])("with %j are a 400 that names %s", async (change, param, code) => {
    const { post, network } = await gatewayWith()
    expect(await bodyOf(await post({ ...ASK, ...change }, {}, PATH))).toMatchObject({ status: 400, param, code })
    expect(network.submitted).toEqual([])
  })

  it("are cancelled when the client hangs up", async () => {
    const { url, network } = await gatewayWith(() => {})
    const hangUp = new AbortController()
    const headers = { authorization: `Bearer ${GOOD_KEY}`, "content-type": "application/json" }
    const asked = fetch(url + PATH, { method: "POST", headers, body: JSON.stringify(ASK), signal: hangUp.signal }).catch(() => null)
    await until(() => network.submitted.length > 0)
    hangUp.abort()
    await asked
    await until(() => network.cancelled.length > 0)
  })
})
