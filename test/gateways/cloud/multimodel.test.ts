import type OpenAI from "openai"
import { describe, expect, it } from "vitest"
import { mayFallBack } from "#gateways/cloud/conversation/fall-back.ts"
import { answerLost, malformedAnswer } from "#gateways/http/api-error.ts"
import { bodyOf, failureOf } from "./failures.ts"
import { ABLE_MODEL, ASK as ONE, fakeNetwork, MODEL, OFFLINE_MODEL, OTHER_MODEL, type Saying, startGateway, until } from "./fake-network.ts"

type Multimodel = "first" | "all" | "fallback"

/** As a client of the official SDK sends what it does not know. */
const asking = (multimodel: Multimodel | null, models: readonly string[], change: object = {}): OpenAI.ChatCompletionCreateParamsNonStreaming => {
  const [model = "", ...others] = models
  return { ...ONE, model, ...{ models: others }, ...(multimodel !== null && { resultity: { multimodel } }), ...change }
}

/** Jobs speak when they are told to. */
const withHeldAnswers = () => {
  const network = fakeNetwork()
  const say = new Map<string, Saying>()
  network.script = (saying, { model }) => void say.set(model, saying)
  return { network, say }
}

describe("all", () => {
  it("has a choice from each model, in their order, each named, and each paid with its prompt", async () => {
    const network = fakeNetwork()
    network.script = (say, { model }) => {
      say.tokens(`I am ${model}`)
      say.finished("stop", 1)
    }
    const { client } = await startGateway(network)
    const answer = await client.chat.completions.create(asking("all", [MODEL, ABLE_MODEL, OTHER_MODEL]))
    expect(answer.choices).toMatchObject([
      { index: 0, model: MODEL, message: { content: `I am ${MODEL}` } }, { index: 1, model: ABLE_MODEL, message: { content: "I am able" } },
      { index: 2, model: OTHER_MODEL, message: { content: "I am able-too" } },
    ])
    expect(answer.model).toBe(`${MODEL},${ABLE_MODEL},${OTHER_MODEL}`)
    expect(answer.usage).toMatchObject({ prompt_tokens: 15, completion_tokens: 3 })
    expect(network.submitted.map(({ paidPromptTokens }) => paidPromptTokens)).toEqual([5, 5, 5])
  })

  it("streams choices that name their models", async () => {
    const { client } = await startGateway()
    const models = new Map<number, unknown>()
    const body = asking("all", [ABLE_MODEL, OTHER_MODEL], { stream: true }) as unknown as OpenAI.ChatCompletionCreateParamsStreaming
    for await (const { choices } of await client.chat.completions.create(body)) for (const choice of choices) models.set(choice.index, new Map<string, unknown>(Object.entries(choice)).get("model"))
    expect([...models]).toEqual([[0, ABLE_MODEL], [1, OTHER_MODEL]])
  })

  it("is refused when one of them is not there, is away or cannot do it", async () => {
    const { post, network } = await startGateway()
    expect(await bodyOf(await post(asking("all", [MODEL, "gpt-17"])))).toMatchObject({ status: 404, code: "model_not_found" })
    expect(await bodyOf(await post(asking("all", [MODEL, OFFLINE_MODEL])))).toMatchObject({ status: 503 })
    expect(await bodyOf(await post(asking("all", [ABLE_MODEL, MODEL], { logprobs: true })))).toMatchObject({ status: 400, param: "logprobs" })
    expect(await bodyOf(await post(asking("all", [MODEL, ABLE_MODEL], { n: 65 })))).toMatchObject({ status: 400, param: "n" })
    expect(network.submitted).toEqual([])
  })
})

describe("first", () => {
  it.each([[true], [false]])("is the answer of whoever speaks first; the others are cancelled and cost nothing (stream: %s)", async (stream) => {
    const { network, say } = withHeldAnswers()
    const { post } = await startGateway(network)
    const asked = post(asking("first", [MODEL, ABLE_MODEL, OTHER_MODEL], { stream, ...(stream && { stream_options: { include_usage: true } }) }))
    await until(() => say.size === 3)
    say.get(ABLE_MODEL)?.tokens("Mine")
    say.get(MODEL)?.tokens("No, mine")
    say.get(ABLE_MODEL)?.finished("stop", 1)
    const text = await (await asked).text()
    expect(text).not.toContain("No, mine")
    expect(text).toContain(`"model":"${ABLE_MODEL}"`)
    expect(text).not.toContain(`"model":"${MODEL}"`)
    expect(text).toContain('"index":0')
    expect(text).not.toMatch(/"index":[12]/)
    expect(text).toContain('"prompt_tokens":5,"completion_tokens":1')
    await until(() => network.cancelled.length === 2)
    expect(new Set(network.cancelled.map(({ reason }) => reason))).toEqual(new Set(["another_model_answered"]))
    expect(network.kept).toEqual(["Mine"])
  })

  it("goes on while one of them is left, and fails with the last one", async () => {
    const { network, say } = withHeldAnswers()
    const { client, post } = await startGateway(network)
    const answer = client.chat.completions.create(asking("first", [MODEL, ABLE_MODEL]))
    await until(() => say.size === 2)
    say.get(MODEL)?.ended("failed")
    say.get(ABLE_MODEL)?.tokens("Here")
    say.get(ABLE_MODEL)?.finished("stop", 1)
    expect((await answer).choices[0]?.message.content).toBe("Here")
    say.clear()
    const lost = post(asking("first", [MODEL, ABLE_MODEL]))
    await until(() => say.size === 2)
    say.get(ABLE_MODEL)?.ended("failed")
    say.get(MODEL)?.ended("expired")
    expect(await bodyOf(await lost)).toMatchObject({ status: 504, code: "timeout" })
  })

  it("leaves out models that cannot take part, as long as one can", async () => {
    const { client, network } = await startGateway()
    expect((await client.chat.completions.create(asking("first", ["gpt-17", MODEL, OFFLINE_MODEL]))).model).toBe(MODEL)
    expect(network.submitted).toHaveLength(1)
    expect(await failureOf(client.chat.completions.create(asking("first", ["gpt-17", OFFLINE_MODEL])))).toMatchObject({ status: 404 })
  })

  it("is not more than one choice", async () => {
    const { post } = await startGateway()
    expect(await bodyOf(await post(asking("first", [MODEL, ABLE_MODEL], { n: 2 })))).toMatchObject({ status: 400, param: "n" })
  })
})

describe("fallback", () => {
  it("is what several models mean when nothing else is said, and asks the next one only when it has to", async () => {
    const { client, network } = await startGateway()
    expect((await client.chat.completions.create(asking(null, [ABLE_MODEL, MODEL]))).model).toBe(ABLE_MODEL)
    expect(network.submitted.map(({ model }) => model)).toEqual([ABLE_MODEL])
  })

  it.each([["is not there", "gpt-17", {}], ["is away", OFFLINE_MODEL, {}], ["cannot do it", MODEL, { logprobs: true }]])(
    "asks the next model when one %s", async (_, model, change) => {
      const { client } = await startGateway()
      expect((await client.chat.completions.create(asking("fallback", [model, ABLE_MODEL], change))).model).toBe(ABLE_MODEL)
    },
  )

  it.each([[true], [false]])("asks the next model when one fails before its first word (stream: %s)", async (stream) => {
    const network = fakeNetwork()
    network.script = (say, { model }) => {
      if (model === MODEL) return say.ended("failed")
      say.tokens("Here")
      say.finished("stop", 1)
    }
    const { post } = await startGateway(network)
    const response = await post(asking("fallback", [MODEL, ABLE_MODEL], { stream }))
    const text = await response.text()
    expect(text).toContain("Here")
    expect(text).toContain(`"model":"${ABLE_MODEL}"`)
    expect(response.headers.get("x-resultity-job-id")).toBe(network.submitted[1]?.jobId)
  })

  it("does not ask another one after the first word", async () => {
    const network = fakeNetwork()
    network.script = (say) => {
      say.tokens("Hel")
      say.ended("failed")
    }
    const { post } = await startGateway(network)
    expect(await (await post(asking("fallback", [MODEL, ABLE_MODEL], { stream: true }))).text()).toContain('"code":"job_failed"')
    expect(network.submitted).toHaveLength(1)
  })

  it("does not ask another one after an answer that was charged and lost on its way", () => {
    expect(mayFallBack(answerLost("it is lost"))).toBe(false)
    expect(mayFallBack(malformedAnswer())).toBe(true)
  })

  it("does not ask another one what is wrong with every model", async () => {
    const { post, network } = await startGateway()
    expect(await bodyOf(await post(asking("fallback", [MODEL, ABLE_MODEL], { temperature: 3 })))).toMatchObject({ status: 400, param: "temperature" })
    expect(network.submitted).toEqual([])
  })
})

it.each([
  [{ models: "x" }, "models"], [{ models: Array.from({ length: 9 }, (_, n) => `m${n}`) }, "models"], [{ resultity: { multimodel: "best" } }, "resultity.multimodel"],
])("%j is a 400 that names %s", async (change, param) => {
  const { post } = await startGateway()
  expect(await bodyOf(await post({ ...ONE, ...change }))).toMatchObject({ status: 400, param })
})
