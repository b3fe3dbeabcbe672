import OpenAI from "openai"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { cleanUp, eventually, resultityJson, type Running, start, temporaryFolder } from "#test/support/processes.ts"

interface Balance {
  readonly held: string
  readonly spent: string
}

interface Costing {
  readonly usage?: object | null | undefined
}

/** The real program: what a client asks for goes the whole way to an engine that can do everything, and is paid as the reply says. */
describe("inference, the whole way", () => {
  const folders: string[] = []
  let data = ""
  let up: Running
  let client: OpenAI
  const model = "echo"
  const tool = (name: string) => ({
    type: "function" as const,
    function: { name, parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"], additionalProperties: false } },
  })
  const user = (content: string) => [{ role: "user" as const, content }]

  beforeAll(async () => {
    data = await temporaryFolder()
    folders.push(data)
    up = await start("up", "--port", "0", "--model", "echo:", "--slots", "8", "--data", data)
    client = new OpenAI({ baseURL: String(up.ready["base_url"]), apiKey: String(up.ready["api_key"]), maxRetries: 0 })
  })
  afterAll(() => cleanUp(folders))

  const settled = () =>
    eventually(async () => {
      const balance = await resultityJson<Balance>("credits", "balance", "--namespace", String(up.ready["namespace_id"]), "--data", data)
      expect(balance.held).toBe("0")
      return BigInt(balance.spent)
    })
  const costOf = ({ usage }: Costing): bigint => BigInt(String(new Map(Object.entries(usage ?? {})).get("cost_micro_credits")))

  /** What is asked costs what the reply says, to the micro-credit. */
  const paidAsSaid = async <Reply extends Costing>(ask: () => Promise<Reply>): Promise<Reply> => {
    const before = await settled()
    const reply = await ask()
    const cost = costOf(reply)
    expect(cost).toBeGreaterThan(0n)
    await eventually(async () => expect((await settled()) - before).toBe(cost))
    return reply
  }

  it("calls the tool that is named, or any where one is required, with arguments of its schema", async () => {
    const named = await paidAsSaid(() =>
      client.chat.completions.create({ model, messages: user("hi"), tools: [tool("a"), tool("b")], tool_choice: { type: "function", function: { name: "b" } } }),
    )
    const [call] = named.choices[0]?.message.tool_calls ?? []
    expect(call).toMatchObject({ type: "function", function: { name: "b" } })
    expect(JSON.parse(call?.type === "function" ? call.function.arguments : "")).toMatchObject({ city: expect.any(String) })
    expect(named.choices[0]).toMatchObject({ finish_reason: "tool_calls", message: { content: null } })
    const stream = client.chat.completions.stream({ model, messages: user("hi"), tools: [tool("a")], tool_choice: "required" })
    expect((await stream.finalChatCompletion()).choices[0]?.message.tool_calls?.[0]).toMatchObject({ function: { name: "a" } })
  })

  it("answers in JSON of a schema", async () => {
    const schema = { type: "object", properties: { ok: { type: "boolean" } }, required: ["ok"], additionalProperties: false }
    const answer = await paidAsSaid(() =>
      client.chat.completions.create({ model, messages: user("hi"), response_format: { type: "json_schema", json_schema: { name: "s", schema } } }),
    )
    expect(JSON.parse(answer.choices[0]?.message.content ?? "")).toEqual({ ok: expect.any(Boolean) })
  })

  it("says by name what the engine cannot do of a schema", async () => {
    const schema = { type: "object", properties: { a: { not: {} } } }
    const refused = await client.chat.completions
      .create({ model, messages: user("hi"), response_format: { type: "json_schema", json_schema: { name: "s", schema } } })
      .catch((error: unknown) => error)
    expect(refused).toMatchObject({ status: 400, param: "response_format" })
  })

  it("has log probabilities whose tokens join to the text", async () => {
    const answer = await paidAsSaid(() => client.chat.completions.create({ model, messages: user("one two three"), logprobs: true, top_logprobs: 2 }))
    const tokens = answer.choices[0]?.logprobs?.content ?? []
    expect(tokens.map(({ token }) => token).join("")).toBe("one two three")
    expect(tokens.every(({ top_logprobs: top }) => top.length === 2)).toBe(true)
  })

  it.each([[false], [true]])("pays the prompt of several choices once (stream: %s)", async (stream) => {
    const one = await paidAsSaid(() => client.chat.completions.create({ model, messages: user("one two three") }))
    const three = await paidAsSaid(async () => {
      const body = { model, messages: user("one two three"), n: 3 }
      if (!stream) return client.chat.completions.create(body)
      return client.chat.completions.stream({ ...body, stream_options: { include_usage: true } }).finalChatCompletion()
    })
    expect(three.choices.map(({ message }) => message.content)).toEqual(["one two three", "one two three", "one two three"])
    expect(three.usage).toMatchObject({ prompt_tokens: one.usage?.prompt_tokens, completion_tokens: 3 * (one.usage?.completion_tokens ?? 0) })
  })

  it("goes on with texts, several at once", async () => {
    const answer = await paidAsSaid(() => client.completions.create({ model, prompt: ["one two", "three"], n: 2 }))
    expect(answer.choices.map(({ text }) => text)).toEqual(["one two", "one two", "three", "three"])
    const tokens = await client.completions.create({ model, prompt: [1, 2] })
    expect(tokens.choices[0]?.text).toBe("t1 t2")
  })

  it("makes vectors, in the order of the inputs, and pays the prompt alone", async () => {
    const input = ["one", "two words", "one"]
    const { data: vectors, usage } = await paidAsSaid(() => client.embeddings.create({ model, input }))
    expect(vectors.map(({ embedding }) => embedding.length)).toEqual([64, 64, 64])
    expect(vectors[0]?.embedding).toEqual(vectors[2]?.embedding)
    expect(vectors[0]?.embedding).not.toEqual(vectors[1]?.embedding)
    expect(vectors.every(({ embedding }) => Math.abs(Math.hypot(...embedding) - 1) < 1e-5)).toBe(true)
    expect(usage.prompt_tokens).toBe(usage.total_tokens)
    const plain = await client.embeddings.create({ model, input, encoding_format: "float" })
    expect(plain.data).toEqual(vectors)
    expect((await client.embeddings.create({ model, input, dimensions: 8 })).data[0]?.embedding).toHaveLength(8)
  })

  it("asks several models, and a race costs what its winner costs", async () => {
    const join = async (name: string) => {
      const folder = await temporaryFolder()
      folders.push(folder)
      const model = ["--model", "echo:", "--model-name", name, "--max-tokens-per-second", "50"]
      return start("node", "--join", String(up.ready["io_url"]), ...model, "--data", folder)
    }
    const nodes = await Promise.all([join("left"), join("right")])
    await eventually(async () => expect((await client.models.list()).data.map(({ id }) => id)).toEqual(["echo", "left", "right"]))
    const words = Array.from({ length: 100 }, (_, n) => `word${n}`).join(" ")
    const asking = (multimodel: string, models: readonly string[]) => {
      const [first = "", ...others] = models
      return client.chat.completions.create({ model: first, messages: user(words), ...{ models: others, resultity: { multimodel } } })
    }
    const race = await paidAsSaid(() => asking("first", ["left", "right"]))
    expect(["left", "right"]).toContain(race.model)
    expect(race.choices.map(({ message }) => message.content)).toEqual([words])
    const all = await paidAsSaid(() => asking("all", ["echo", "left"]))
    expect(all.choices.map((choice) => new Map<string, unknown>(Object.entries(choice)).get("model"))).toEqual(["echo", "left"])
    const fallback = await paidAsSaid(() => asking("fallback", ["nowhere", "right"]))
    expect(fallback.model).toBe("right")
    await Promise.all(nodes.map((node) => node.stop()))
  })

  it("admits exactly as many requests of three choices as the balance pays for", async () => {
    const probe = await client.chat.completions.create({ model, messages: user("one two three"), n: 3, max_tokens: 4 })
    const { prompt_tokens: prompt } = probe.usage ?? { prompt_tokens: 0 }
    // What is held: the prompt once and four tokens for each, each hold rounded up.
    const price = (promptTokens: bigint) => (promptTokens * 500_000n + 4n * 1_500_000n + 999_999n) / 1_000_000n
    const hold = price(BigInt(prompt)) + 2n * price(0n)
    const { api_key: apiKey } = await resultityJson<{ api_key: string }>(
      "keys", "create", "--new-namespace", "race", "--credits", String(hold * 5n), "--requests-per-second", "1000000", "--data", data,
    )
    const racer = new OpenAI({ baseURL: String(up.ready["base_url"]), apiKey, maxRetries: 0 })
    // Three tokens are used of the four that are held: what settles comes back and pays for more, until less than a hold is left.
    const results = await Promise.allSettled(
      Array.from({ length: 60 }, () => racer.chat.completions.create({ model, messages: user("one two three"), n: 3, max_tokens: 4 })),
    )
    const admitted = results.filter(({ status }) => status === "fulfilled").length
    const each = costOf(probe)
    const expected = Number((hold * 5n - hold) / each) + 1
    expect(admitted).toBe(expected)
    const refusals = results.flatMap((result) => (result.status === "rejected" ? [result.reason] : []))
    expect(refusals.every((error) => error instanceof OpenAI.RateLimitError && error.code === "insufficient_quota")).toBe(true)
  })
})
