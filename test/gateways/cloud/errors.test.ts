import { connect } from "node:net"
import { Effect } from "effect"
import OpenAI from "openai"
import { describe, expect, it } from "vitest"
import { InsufficientCredits, NetworkBusy } from "#commands/job/place-hold.ts"
import { NetworkUnavailable } from "#commands/job/submit-chat.ts"
import { ASK, CONTEXT_LENGTH, fakeNetwork, GOOD_KEY, OFFLINE_MODEL, REVOKED_KEY, startGateway } from "./fake-network.ts"

const failureOf = (call: Promise<unknown>): Promise<InstanceType<typeof OpenAI.APIError>> =>
  call.then(
    () => {
      throw new Error("it succeeded")
    },
    (error) => error,
  )

const bodyOf = async (response: Response) => {
  expect(response.headers.get("content-type")).toBe("application/json; charset=utf-8")
  const body = await response.json()
  expect(Object.keys(body)).toEqual(["error"])
  expect(Object.keys(body.error).sort()).toEqual(["code", "message", "param", "type"])
  return { status: response.status, ...body.error }
}

describe("keys", () => {
  const typo = GOOD_KEY.replace(/.$/, (digit) => (digit === "0" ? "1" : "0"))
  it.each([["revoked", REVOKED_KEY], ["mistyped", typo], ["not one of ours", "sk-123"]])("refuses a key that is %s", async (_, key) => {
    const { client, network } = await startGateway()
    const error = await failureOf(client.withOptions({ apiKey: key }).chat.completions.create(ASK))
    expect(error).toBeInstanceOf(OpenAI.AuthenticationError)
    expect(error).toMatchObject({ status: 401, code: "invalid_api_key", type: "invalid_request_error", param: null })
    expect(error.message).not.toContain(key)
    expect(network.submitted).toEqual([])
    expect(network.counted.get("cloud_rejected_total/invalid_api_key")).toBe(1)
  })

  it("refuses a request without a key before it looks at the body", async () => {
    const { url } = await startGateway()
    const body = "{not json"
    const response = await fetch(`${url}/v1/chat/completions`, { method: "POST", body })
    expect(await bodyOf(response)).toMatchObject({ status: 401, code: "invalid_api_key" })
    expect(await bodyOf(await fetch(`${url}/v1/models`))).toMatchObject({ status: 401 })
  })

  it("asks the directory once for many requests within a second", async () => {
    let lookUps = 0
    const { client } = await startGateway(fakeNetwork(), {
      keys: {
        find: async () => {
          lookUps += 1
          return null
        },
      },
      now: () => 1_000_000,
    })
    await Promise.all(Array.from({ length: 20 }, () => failureOf(client.models.list())))
    expect(lookUps).toBe(1)
  })

  it("hears of a revocation a second later", async () => {
    const network = fakeNetwork()
    let now = 1_000_000
    const { client, app } = await startGateway(network, { now: () => now })
    await client.models.list()
    await app.close()
    const gone = await startGateway(network, { now: () => now, keys: { find: async () => null } })
    expect(await failureOf(gone.client.models.list())).toMatchObject({ status: 401 })
    now += 1_000
    expect(await failureOf(gone.client.models.list())).toMatchObject({ status: 401 })
  })

  it("says 503 when the directory is away, and asks again next time", async () => {
    let away = true
    const { client } = await startGateway(fakeNetwork(), {
      keys: { find: () => (away ? Promise.reject(new Error("connect ECONNREFUSED 10.0.0.1")) : Promise.resolve(null)) },
    })
    const error = await failureOf(client.models.list())
    expect(error).toMatchObject({ status: 503, type: "server_error" })
    expect(error.message).not.toContain("10.0.0.1")
    away = false
    expect(await failureOf(client.models.list())).toMatchObject({ status: 401 })
  })
})

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

describe("models and room", () => {
  it("says 404 for a model that never was", async () => {
    const { client } = await startGateway()
    const error = await failureOf(client.chat.completions.create({ ...ASK, model: "gpt-17" }))
    expect(error).toBeInstanceOf(OpenAI.NotFoundError)
    expect(error).toMatchObject({ code: "model_not_found", param: "model" })
  })

  it("says 503 and when to try again for a model whose nodes are away", async () => {
    const { client } = await startGateway()
    const error = await failureOf(client.chat.completions.create({ ...ASK, model: OFFLINE_MODEL }))
    expect(error).toBeInstanceOf(OpenAI.InternalServerError)
    expect(error).toMatchObject({ status: 503, type: "server_error" })
    expect(error.headers?.get("retry-after")).toMatch(/^\d+$/)
  })

  it("says the model's maximum context length when the prompt leaves no room", async () => {
    const network = fakeNetwork()
    network.promptTokens = CONTEXT_LENGTH
    const { client } = await startGateway(network)
    const error = await failureOf(client.chat.completions.create(ASK))
    expect(error).toMatchObject({ status: 400, code: "context_length_exceeded", param: "messages" })
    expect(error.message).toContain(`maximum context length is ${CONTEXT_LENGTH} tokens`)
    expect(network.submitted).toEqual([])
  })
})

describe("refusals and failures of the network", () => {
  const withSubmit = async (effect: ReturnType<ReturnType<typeof fakeNetwork>["submit"]>) => {
    const network = fakeNetwork()
    network.submit = () => effect
    const { client } = await startGateway(network)
    const error = await failureOf(client.chat.completions.create({ ...ASK, stream: true }))
    return { error, network }
  }

  it("says insufficient_quota, not to be retried, when the balance does not pay", async () => {
    const { error } = await withSubmit(Effect.fail(new InsufficientCredits({ available: 3n, held: 0n, required: 12n })))
    expect(error).toBeInstanceOf(OpenAI.RateLimitError)
    expect(error).toMatchObject({ status: 429, code: "insufficient_quota", type: "insufficient_quota" })
    expect(error.headers?.get("x-should-retry")).toBe("false")
    expect(error.message).toContain("12 micro-credits")
  })

  it("says slow down when the balance has a queue", async () => {
    const { error } = await withSubmit(Effect.fail(new NetworkBusy({ reason: "4096 requests wait" })))
    expect(error).toMatchObject({ status: 429, code: "rate_limit_exceeded" })
    expect(error.headers?.get("retry-after")).toMatch(/^\d+$/)
  })

  it("says 503 without internals when the log is away", async () => {
    const { error } = await withSubmit(Effect.fail(new NetworkUnavailable({ reason: "connect ECONNREFUSED /run/pg" })))
    expect(error).toMatchObject({ status: 503, type: "server_error" })
    expect(error.message).not.toContain("ECONNREFUSED")
  })

  it.each([
    ["a defect", Effect.die(new Error("secret path /srv/x.ts"))],
    ["an unexpected failure", Effect.fail({ _tag: "JobExists" })],
  ])("says 500 without internals for %s, and keeps the evidence", async (_, effect) => {
    const { error, network } = await withSubmit(effect)
    expect(error).toMatchObject({ status: 500, type: "server_error", param: null })
    expect(error.message).not.toMatch(/secret|JobExists|\.ts/)
    expect(network.defects).toHaveLength(1)
  })

  it.each([
    ["failed", 503], ["dead_lettered", 503], ["expired", 504],
  ] as const)("a job that %s before its first token is a plain %i, also for a stream", async (reason, status) => {
    const network = fakeNetwork()
    network.script = (say) => say.ended(reason)
    const { post } = await startGateway(network)
    for (const stream of [true, false]) {
      const response = await post({ ...ASK, stream })
      expect(response.headers.get("retry-after")).toMatch(/^\d+$/)
      expect(await bodyOf(response)).toMatchObject({ status, type: "server_error" })
    }
  })

  it("ends a stream that has begun with one error event and no [DONE]", async () => {
    const network = fakeNetwork()
    network.script = (say) => {
      say.tokens("Hel")
      say.ended("dead_lettered")
    }
    const { post, client } = await startGateway(network)
    const text = await (await post({ ...ASK, stream: true })).text()
    const events = text.trimEnd().split("\n\n")
    expect(JSON.parse(events.at(-1)?.replace("data: ", "") ?? "")).toEqual({
      error: { message: "the job dead_lettered.", type: "server_error", param: null, code: "job_dead_lettered" },
    })
    expect(text).not.toContain("[DONE]")
    const error = await failureOf(client.chat.completions.stream(ASK).finalContent())
    expect(error).toBeInstanceOf(OpenAI.APIError)
  })
})

describe("routes", () => {
  it.each([["GET", "/v1/nothing"], ["POST", "/v1/responses"], ["GET", "/"], ["POST", "/v1/embeddings"], ["DELETE", "/x"]])(
    "%s %s is an unknown url",
    async (method, path) => {
      const { url } = await startGateway()
      const response = await fetch(url + path, { method, ...(method === "POST" && { body: "{broken" }) })
      expect(await bodyOf(response)).toMatchObject({ status: 404, code: "unknown_url", type: "invalid_request_error" })
    },
  )

  it.each([["PUT", "/v1/chat/completions"], ["GET", "/v1/chat/completions"], ["POST", "/v1/models"], ["DELETE", "/v1/models/a/b"]])(
    "%s %s is the wrong method and says which is right",
    async (method, path) => {
      const { url } = await startGateway()
      const response = await fetch(url + path, { method })
      expect(response.headers.get("allow")).toMatch(/^(POST|GET, HEAD)$/)
      expect(await bodyOf(response)).toMatchObject({ status: 405, code: "method_not_supported" })
    },
  )

  it("answers HEAD without a body", async () => {
    const { url } = await startGateway()
    const headers = { authorization: `Bearer ${GOOD_KEY}` }
    const models = await fetch(`${url}/v1/models`, { method: "HEAD", headers })
    expect([models.status, await models.text()]).toEqual([200, ""])
    const chat = await fetch(`${url}/v1/chat/completions`, { method: "HEAD", headers })
    expect([chat.status, await chat.text()]).toEqual([405, ""])
  })

  it("refuses a broken escape in the path in our form", async () => {
    const { url } = await startGateway()
    expect(await bodyOf(await fetch(`${url}/v1/models/%zz`))).toMatchObject({ status: 400, type: "invalid_request_error" })
  })

  it("gives every answer, good or bad, an id of its own", async () => {
    const { post, url } = await startGateway()
    const responses = [
      await post(ASK, { "x-request-id": "mine" }), await post({ ...ASK, stream: true }), await post("{"), await fetch(`${url}/nowhere`),
      await fetch(`${url}/v1/models`), await fetch(`${url}/healthz`), await fetch(`${url}/v1/models/%zz`),
    ]
    const ids = responses.map((response) => response.headers.get("x-request-id"))
    await Promise.all(responses.map((response) => response.text()))
    expect(ids.every((id) => id?.startsWith("req_"))).toBe(true)
    expect(new Set(ids).size).toBe(responses.length)
  })

  it("answers what is not HTTP in our form and closes", async () => {
    const { url, network } = await startGateway()
    const socket = connect(Number(new URL(url).port), "127.0.0.1")
    socket.end("BREW coffee\r\n\r\n")
    let text = ""
    for await (const chunk of socket) text += chunk
    expect(text).toMatch(/^HTTP\/1\.1 400 /)
    expect(JSON.parse(text.split("\r\n\r\n")[1] ?? "")).toMatchObject({ error: { code: "malformed_http" } })
    expect(network.counted.get("cloud_rejected_total/malformed_http")).toBe(1)
  })
})
