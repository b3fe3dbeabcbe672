import { Effect } from "effect"
import { describe, expect, it } from "vitest"
import { InsufficientCredits } from "#commands/job/place-hold.ts"
import { bodyOf } from "./failures.ts"
import { MAX_SESSIONS_OF_KEY } from "#gateways/cloud/session/sessions.ts"
import { ABLE_MODEL, answering, ASK, CONTEXT_LENGTH, fakeNetwork, type Saying, startGateway, until } from "./fake-network.ts"

/** A network whose jobs say nothing by themselves; `say[i]` speaks for the ith. */
const withHeldAnswers = () => {
  const network = fakeNetwork()
  const say: Saying[] = []
  network.script = (saying) => void say.push(saying)
  return { network, say }
}

describe("several choices", () => {
  it("are several jobs, whose prompt is paid once and whose seeds differ", async () => {
    const { client, network } = await startGateway()
    const answer = await client.chat.completions.create({ ...ASK, n: 3, seed: 7 })
    expect(answer.choices.map(({ index, message }) => [index, message.content])).toEqual([[0, "Hello"], [1, "Hello"], [2, "Hello"]])
    expect(answer.usage).toMatchObject({ prompt_tokens: 5, completion_tokens: 6, total_tokens: 11, cost_micro_credits: "17" })
    expect(network.submitted.map((job) => [job.paidPromptTokens, job.promptTokens])).toEqual([[5, 5], [0, 5], [0, 5]])
    expect(network.submitted.map(({ request }) => request.task === "chat" && request.sampling.seed)).toEqual([7, 8, 9])
    expect(network.submitted.every(({ maxOutputTokens }) => maxOutputTokens === null)).toBe(true)
    expect(answer.id).toBe(`chatcmpl-${network.submitted[0]?.jobId.slice("job_".length)}`)
  })

  it("are all named in the header, the first one first", async () => {
    const { post, network } = await startGateway()
    const response = await post({ ...ASK, n: 2 })
    expect(response.headers.get("x-resultity-job-id")).toBe(network.submitted.map(({ jobId }) => jobId).join(","))
  })

  it("are streamed side by side, each with its own role and finish reason, with one usage and one end", async () => {
    const { network, say } = withHeldAnswers()
    const { client } = await startGateway(network)
    const stream = client.chat.completions.stream({ ...ASK, n: 2, stream_options: { include_usage: true } })
    const final = stream.finalChatCompletion()
    await until(() => say.length === 2)
    say[1]?.tokens("two")
    say[0]?.tokens("one")
    say[1]?.tokens("!")
    say[1]?.finished("length", 2)
    say[0]?.finished("stop", 1)
    const { choices, usage } = await final
    expect(choices.map(({ index, message, finish_reason }) => [index, message.content, finish_reason])).toEqual([
      [0, "one", "stop"], [1, "two!", "length"],
    ])
    expect(usage).toMatchObject({ prompt_tokens: 5, completion_tokens: 3 })
  })

  it("keep every answer apart", async () => {
    const { network, say } = withHeldAnswers()
    const { client } = await startGateway(network)
    const answer = client.chat.completions.create({ ...ASK, n: 128 })
    await until(() => say.length === 128)
    for (const [index, one] of [...say.entries()].toReversed()) {
      one.tokens(`answer ${index}`)
      one.finished("stop", 1)
    }
    expect((await answer).choices.map(({ message }) => message.content)).toEqual(Array.from({ length: 128 }, (_, index) => `answer ${index}`))
  })

  it("are refused where their prompts come to more than one request may be, by what multiplies them", async () => {
    const { post, network } = await startGateway()
    const messages = [{ role: "user", content: "x".repeat(1_024 * 1_024) }]
    expect(await bodyOf(await post({ ...ASK, messages, n: 33 }))).toMatchObject({ status: 400, code: "invalid_value", param: "n" })
    const prompts = ["x".repeat(1_024), "y".repeat(1_024)]
    expect((await post({ model: ABLE_MODEL, prompt: prompts, n: 2 }, {}, "/v1/completions")).status).toBe(200)
    expect(network.submitted).toHaveLength(4)
  })

  it("count one by one against what a key may have under way", async () => {
    const { network, say } = withHeldAnswers()
    const { post } = await startGateway(network)
    const full = Array.from({ length: MAX_SESSIONS_OF_KEY / 128 }, () => post({ ...ASK, n: 128 }))
    await until(() => say.length === MAX_SESSIONS_OF_KEY)
    expect(await bodyOf(await post(ASK))).toMatchObject({ status: 429, code: "rate_limit_exceeded" })
    for (const one of say.splice(0)) one.finished("stop", 0)
    await Promise.all(full)
    const answer = post(ASK)
    await until(() => say.length === 1)
    say[0]?.finished("stop", 0)
    expect((await answer).status).toBe(200)
  })

  it("end together with an error when one fails: the others are cancelled, and nothing they say later counts", async () => {
    const { network, say } = withHeldAnswers()
    const { post } = await startGateway(network)
    const asked = post({ ...ASK, n: 3, stream: true })
    await until(() => say.length === 3)
    say[0]?.tokens("Hel")
    say[1]?.ended("failed")
    say[0]?.tokens("lo")
    const text = await (await asked).text()
    expect(text.match(/"error":/g)).toHaveLength(1)
    expect(text).not.toContain("[DONE]")
    expect(text).not.toContain('"content":"lo"')
    await until(() => network.cancelled.length === 2)
    expect(new Set(network.cancelled.map(({ jobId }) => jobId))).toEqual(new Set([network.submitted[0]?.jobId, network.submitted[2]?.jobId]))
    expect(new Set(network.cancelled.map(({ reason }) => reason))).toEqual(new Set(["answer_failed"]))
    say[0]?.ended("cancelled")
    expect(network.kept).toEqual(["Hel"])
  })

  it("that fail before the first word are one plain error", async () => {
    const { network, say } = withHeldAnswers()
    const { post } = await startGateway(network)
    const asked = post({ ...ASK, n: 2, stream: true })
    await until(() => say.length === 2)
    say[1]?.ended("expired")
    expect(await bodyOf(await asked)).toMatchObject({ status: 504, code: "timeout" })
    await until(() => network.cancelled.length === 1)
  })

  it("that the balance does not pay are one plain 429, streamed or not, and nobody listens for them", async () => {
    const network = fakeNetwork()
    network.submit = () => Effect.fail(new InsufficientCredits({ available: 3n, held: 0n, required: 12n }))
    const { post } = await startGateway(network)
    const before = network.bus.listeners()
    for (const stream of [true, false]) expect(await bodyOf(await post({ ...ASK, n: 4, stream }))).toMatchObject({ status: 429, code: "insufficient_quota" })
    expect(network.bus.listeners()).toEqual(before)
  })

  it("are all cancelled when the client hangs up", async () => {
    const { network, say } = withHeldAnswers()
    const { client } = await startGateway(network)
    const hangUp = new AbortController()
    const answer = client.chat.completions.create({ ...ASK, n: 3 }, { signal: hangUp.signal }).catch((error: unknown) => error)
    await until(() => say.length === 3)
    hangUp.abort()
    await answer
    await until(() => network.cancelled.length === 3)
    expect(new Set(network.cancelled.map(({ reason }) => reason))).toEqual(new Set(["client_disconnected"]))
  })

  it("leave nobody listening but who says what the client has", async () => {
    const { client, network } = await startGateway()
    const before = network.bus.listeners()
    await client.chat.completions.create({ ...ASK, n: 3 })
    const left = network.bus.listeners().filter((subject) => !before.includes(subject))
    expect(left).toHaveLength(3)
    expect(left.every((subject) => subject.startsWith("delivered."))).toBe(true)
  })

  it("each have the room that the prompt leaves", async () => {
    const network = fakeNetwork()
    network.script = answering("x")
    const { client } = await startGateway(network)
    await client.chat.completions.create({ ...ASK, n: 2, max_tokens: 100_000 })
    expect(network.submitted.map(({ maxOutputTokens }) => maxOutputTokens)).toEqual([CONTEXT_LENGTH - 5, CONTEXT_LENGTH - 5])
  })
})
