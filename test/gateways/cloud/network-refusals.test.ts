import { Effect } from "effect"
import OpenAI from "openai"
import { describe, expect, it } from "vitest"
import { InsufficientCredits, NetworkBusy } from "#commands/job/place-hold.ts"
import { NetworkUnavailable } from "#commands/job/submit-chat.ts"
import { bodyOf, failureOf } from "./failures.ts"
import { ASK, CONTEXT_LENGTH, fakeNetwork, OFFLINE_MODEL, startGateway } from "./fake-network.ts"

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
