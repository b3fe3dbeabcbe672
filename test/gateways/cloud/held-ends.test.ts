import { Effect } from "effect"
import { describe, expect, it } from "vitest"
import { deliveredSubject, type DeliveredReply } from "#domain/protocol/bus-messages.ts"
import { bodyOf } from "./failures.ts"
import { ABLE_MODEL, ASK, fakeNetwork, GOOD_KEY, MODEL, type Saying, startGateway, until } from "./fake-network.ts"

/** Jobs that speak when they are told to, in the order in which they were submitted. */
const withHeldAnswers = async () => {
  const network = fakeNetwork()
  const say: Saying[] = []
  network.script = (saying) => void say.push(saying)
  /** Whether whoever has the receipt of the nth job may record its end now. */
  const mayEnd = async (n: number): Promise<boolean> => {
    const [job, saying] = [network.submitted[n], say[n]]
    if (job === undefined || saying === undefined) throw new Error("no such job")
    const asked = network.bus.request(deliveredSubject(job.jobId), { finishing: saying.attemptId, from: 0 }, 1)
    return ((await Effect.runPromise(asked)) as DeliveredReply).keeping !== true
  }
  return { say, mayEnd, ...(await startGateway(network)) }
}

const answer = (saying: Saying | undefined): void => {
  saying?.tokens("Hello")
  saying?.finished("stop", 1)
}
const OF_TWO_MODELS = { ...ASK, model: MODEL, models: [ABLE_MODEL] }

describe.each([
  ["two choices", "/v1/chat/completions", { ...ASK, n: 2 }],
  ["two prompts", "/v1/completions", { model: ABLE_MODEL, prompt: ["a", "b"] }],
  ["two models", "/v1/chat/completions", { ...OF_TWO_MODELS, resultity: { multimodel: "all" } }],
] as const)("a whole reply of %s", (_, path, body) => {
  it("has no end on record before all of it is there", async () => {
    const { network, say, mayEnd, post } = await withHeldAnswers()
    const reply = post(body, {}, path)
    await until(() => say.length === 2)
    answer(say[0])
    expect(await mayEnd(0)).toBe(false)
    expect(network.confirmed).toEqual([])
    answer(say[1])
    expect((await reply).status).toBe(200)
    await until(() => network.confirmed.length === 2)
    expect(await mayEnd(0)).toBe(true)
    expect(network.cancelled).toEqual([])
  })

  it("that fails in one costs nothing for the other, which is called off before its end goes on record", async () => {
    const { network, say, mayEnd, post } = await withHeldAnswers()
    const reply = post(body, {}, path)
    await until(() => say.length === 2)
    answer(say[0])
    say[1]?.ended("failed")
    expect(await bodyOf(await reply)).toMatchObject({ status: 503, code: "job_failed" })
    await until(() => network.cancelled.length === 1)
    expect(network.cancelled).toEqual([{ jobId: network.submitted[0]?.jobId, reason: "answer_failed" }])
    expect(await mayEnd(0)).toBe(true)
    expect(network.confirmed).toEqual([])
  })
})

describe("a race", () => {
  const RACE = { ...OF_TWO_MODELS, resultity: { multimodel: "first" } }

  it.each([[true], [false]])("has no end of a loser on record that is not called off before (stream: %s)", async (stream) => {
    const { network, say, mayEnd, post } = await withHeldAnswers()
    const reply = post({ ...RACE, stream })
    await until(() => say.length === 2)
    say[0]?.tokens("Mine")
    answer(say[1])
    await until(() => network.cancelled.length === 1)
    expect(network.cancelled).toEqual([{ jobId: network.submitted[1]?.jobId, reason: "another_model_answered" }])
    expect(await mayEnd(1)).toBe(true)
    say[0]?.finished("stop", 1)
    expect(await (await reply).text()).toContain("Mine")
    await until(() => network.confirmed.length > 0)
    expect(network.confirmed).toEqual([say[0]?.attemptId])
  })
})

it("an answer that proves to be none at its very end is called off, not confirmed", async () => {
  const { network, say, post } = await withHeldAnswers()
  const reply = post({ model: ABLE_MODEL, input: ["a"] }, {}, "/v1/embeddings")
  await until(() => say.length === 1)
  say[0]?.finished("stop", 0)
  expect(await bodyOf(await reply)).toMatchObject({ status: 502, code: "malformed_answer" })
  await until(() => network.cancelled.length === 1)
  expect(network.cancelled[0]?.reason).toBe("malformed_answer")
  expect(network.confirmed).toEqual([])
})

it("a client that hangs up pays for the answers that are done", async () => {
  const { network, say, url } = await withHeldAnswers()
  const hangUp = new AbortController()
  const headers = { "content-type": "application/json", authorization: `Bearer ${GOOD_KEY}` }
  const reply = fetch(`${url}/v1/chat/completions`, { method: "POST", headers, body: JSON.stringify({ ...ASK, n: 2 }), signal: hangUp.signal })
  await until(() => say.length === 2)
  answer(say[0])
  hangUp.abort()
  await expect(reply).rejects.toThrow()
  await until(() => network.confirmed.length === 1 && network.cancelled.length === 1)
  expect(network.confirmed).toEqual([say[0]?.attemptId])
  expect(network.cancelled).toEqual([{ jobId: network.submitted[1]?.jobId, reason: "client_disconnected" }])
})
