import OpenAI from "openai"
import { describe, expect, it } from "vitest"
import { newGatewayId } from "#commands/ids.ts"
import { ABLE_MODEL, answering, ASK, fakeNetwork, GOOD_KEY, type Saying, silent, startGateway, until } from "./fake-network.ts"

const KEY = { "idempotency-key": "order-1" }

describe("requests with one Idempotency-Key", () => {
  it("are one job, whichever gateways they come to, and all get its answer", async () => {
    const network = fakeNetwork()
    const gateways = [await startGateway(network), await startGateway(network), await startGateway(network)]
    const answers = await Promise.all(
      Array.from({ length: 50 }, async (_, index) => {
        const client = gateways[index % gateways.length]?.client
        return client?.chat.completions.create(ASK, { headers: { "Idempotency-Key": "k" } }).withResponse()
      }),
    )
    expect(network.submitted).toHaveLength(1)
    expect(new Set(answers.map((one) => JSON.stringify(one?.data))).size).toBe(1)
    expect(answers[0]?.data.choices[0]?.message.content).toBe("Hello")
    expect(answers.filter((one) => one?.response.headers.get("idempotent-replayed") === "true")).toHaveLength(49)
  })

  it("have the same status, body and content headers, long after", async () => {
    const { post } = await startGateway()
    const [first, again] = [await post(ASK, KEY), await post(ASK, KEY)]
    expect(again.status).toBe(first.status)
    expect(await again.text()).toBe(await first.text())
    for (const name of ["content-type", "x-resultity-job-id", "x-resultity-request-id"]) expect(again.headers.get(name)).toBe(first.headers.get(name))
    expect(first.headers.get("idempotent-replayed")).toBeNull()
    expect(again.headers.get("x-request-id")).not.toBe(first.headers.get("x-request-id"))
  })

  it("are refused when they say something else, on another route too; the order of keys says nothing", async () => {
    const { post } = await startGateway()
    await post(ASK, KEY)
    const other = await post({ ...ASK, temperature: 0 }, KEY)
    expect(other.status).toBe(422)
    expect(await other.json()).toMatchObject({ error: { code: "idempotency_key_reused", type: "invalid_request_error" } })
    expect((await post({ model: ASK.model, prompt: "x" }, KEY, "/v1/completions")).status).toBe(422)
    expect((await post({ messages: ASK.messages, model: ASK.model }, KEY)).status).toBe(200)
  })

  it("run again when nothing was charged", async () => {
    const { post, network } = await startGateway()
    expect((await post({ ...ASK, temperature: 9 }, KEY)).status).toBe(400)
    network.script = (say) => say.ended("failed")
    expect((await post(ASK, KEY)).status).toBe(503)
    network.script = answering("Hi")
    expect((await post(ASK, KEY)).status).toBe(200)
    expect(network.submitted).toHaveLength(2)
  })

  it("of a stream that broke off get what there is of it, since that was charged", async () => {
    const { post, network } = await startGateway()
    network.script = (say) => {
      say.tokens("the only words")
      say.ended("failed")
    }
    const ask = { model: ABLE_MODEL, prompt: "x", stream: true }
    const first = await (await post(ask, KEY, "/v1/completions")).text()
    expect(first).toContain("the only words")
    expect(await (await post(ask, KEY, "/v1/completions")).text()).toContain('"code":"job_failed"')
    expect(network.submitted).toHaveLength(1)
  })

  it.each(["", "x".repeat(256), "é"])("are refused with the key %j", async (key) => {
    const { post } = await startGateway()
    const refused = await post(ASK, { "idempotency-key": Buffer.from(key).toString("latin1") })
    // A header without a value is none.
    expect(refused.status).toBe(400)
    expect(await refused.json()).toMatchObject({ error: { code: "invalid_idempotency_key", param: "Idempotency-Key" } })
  })

  it("end with an error for all when the first one was cut by nobody's wish, and the key is free again", async () => {
    const network = fakeNetwork()
    network.script = silent
    const { app, post } = await startGateway(network)
    const both = [post(ASK, KEY), post(ASK, KEY)]
    await until(() => network.submitted.length === 1)
    await app.close()
    expect((await Promise.all(both)).map(({ status }) => status)).toEqual([503, 503])
    network.script = answering("Hi")
    const { post: elsewhere } = await startGateway(network)
    expect((await elsewhere(ASK, KEY)).status).toBe(200)
  })
})

describe("a gateway that is lost in the middle", () => {
  it("is replaced by the one that a repeat comes to", async () => {
    const network = fakeNetwork()
    network.script = silent
    const gatewayId = newGatewayId()
    const first = await startGateway(network, { gatewayId })
    const lost = first.post(ASK, KEY).catch(() => null)
    await until(() => network.answered === 1)
    network.requests.lost.add(gatewayId)
    network.script = answering("Hi")
    const answer = await (await startGateway(network)).post(ASK, KEY)
    expect(answer.status).toBe(200)
    expect(network.submitted.map(({ repeatable }) => repeatable)).toEqual([true, true])
    await first.app.close()
    // Whoever waits at the gateway that was taken for lost gets the answer of the other one.
    const other = await lost
    expect(await other?.text()).toBe(await answer.text())
  })

  it("does not charge for what it finishes after it was replaced", async () => {
    const network = fakeNetwork()
    const held = Promise.withResolvers<Saying>()
    network.script = (say) => held.resolve(say)
    const gatewayId = newGatewayId()
    const first = await startGateway(network, { gatewayId })
    const late = first.post(ASK, KEY)
    const say = await held.promise
    network.requests.lost.add(gatewayId)
    network.script = answering("Hi")
    const answer = await (await startGateway(network)).post(ASK, KEY)
    say.tokens("late")
    say.finished("stop", 1)
    expect(await (await late).text()).toBe(await answer.text())
    await until(() => network.cancelled.length === 1)
    expect(network.cancelled[0]?.reason).toBe("request_replaced")
    expect(network.confirmed).toHaveLength(1)
    expect(network.confirmed).not.toContain(say.attemptId)
  })
})

it("a client that hangs up and repeats gets the answer that was made meanwhile", async () => {
  const network = fakeNetwork()
  const held = Promise.withResolvers<Saying>()
  network.script = (say) => held.resolve(say)
  const { url } = await startGateway(network)
  const ask = (signal?: AbortSignal) =>
    new OpenAI({ baseURL: `${url}/v1`, apiKey: GOOD_KEY, maxRetries: 0 }).chat.completions.create(ASK, { headers: KEY, ...(signal && { signal }) })
  const gone = new AbortController()
  const first = ask(gone.signal)
  const say = await held.promise
  gone.abort()
  await expect(first).rejects.toThrow()
  const again = ask()
  say.tokens("Hello")
  say.finished("stop", 1)
  expect((await again).choices[0]?.message.content).toBe("Hello")
  expect(network.submitted).toHaveLength(1)
  expect(network.cancelled).toEqual([])
})

it("a client that hangs up for good has its request cancelled after a while, and a repeat is told", async () => {
  const network = fakeNetwork()
  network.script = silent
  let now = Date.now()
  const { url, post } = await startGateway(network, { now: () => now, graceMs: 5_000 })
  const gone = new AbortController()
  const first = fetch(`${url}/v1/chat/completions`, {
    method: "POST", signal: gone.signal, body: JSON.stringify(ASK),
    headers: { "content-type": "application/json", authorization: `Bearer ${GOOD_KEY}`, ...KEY },
  }).catch(() => null)
  await until(() => network.submitted.length === 1)
  gone.abort()
  await first
  const longAfter = now + 60_000
  await until(() => {
    now = Math.min(now + 10, longAfter)
    return network.cancelled.length === 1
  })
  const told = await post(ASK, KEY)
  expect(told.status).toBe(409)
  expect(await told.json()).toMatchObject({ error: { code: "request_cancelled" } })
})
