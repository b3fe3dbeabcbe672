import { describe, expect, it } from "vitest"
import { DEADLINE_GRACE_MS, LINGER_MS, PING_MS } from "#gateways/cloud/session/job-session.ts"
import { MARK_MS, MARK_TOKENS } from "#gateways/cloud/session/progress-marks.ts"
import { ASK, fakeNetwork, type Saying, startGateway, until } from "./fake-network.ts"

const withHeldAnswer = (before: (say: Saying) => void = (say) => say.tokens("Hel")) => {
  const network = fakeNetwork()
  const held = Promise.withResolvers<Saying>()
  network.script = (say) => {
    before(say)
    held.resolve(say)
  }
  return { network, held: held.promise }
}

describe("progress marks", () => {
  it("are made every 64 tokens", async () => {
    const { network, held } = withHeldAnswer(() => {})
    const { client } = await startGateway(network)
    const answer = client.chat.completions.create(ASK)
    const say = await held
    for (let index = 1; index <= 2 * MARK_TOKENS + 1; index += 1) {
      say.tokens("x")
      if (index % MARK_TOKENS === 0) await until(() => network.marks.length === index / MARK_TOKENS)
    }
    say.finished("stop", 2 * MARK_TOKENS + 1)
    await answer
    expect(network.marks.map((mark) => mark.deliveredTokens)).toEqual([MARK_TOKENS, 2 * MARK_TOKENS])
    expect(network.marks[0]?.attemptId).toBe(say.attemptId)
  })

  it("are made after a second when fewer tokens come, and not again while none come", async () => {
    let now = Date.now()
    let looks = 0
    const clock = () => {
      looks += 1
      return now
    }
    const { network, held } = withHeldAnswer()
    const { client } = await startGateway(network, { now: clock })
    const answer = client.chat.completions.create(ASK)
    const say = await held
    now += MARK_MS
    await until(() => network.marks.length > 0)
    now += MARK_MS
    const before = looks
    await until(() => looks > before)
    say.tokens("lo")
    now += MARK_MS
    await until(() => network.marks.length > 1)
    say.finished("stop", 2)
    await answer
    expect(network.marks.map((mark) => mark.deliveredTokens)).toEqual([1, 2])
  })
})

describe("time", () => {
  it("keeps a quiet stream alive with signs that the client ignores", async () => {
    let now = Date.now()
    const { network, held } = withHeldAnswer(() => {})
    const { post } = await startGateway(network, { now: () => now })
    const asked = post({ ...ASK, stream: true })
    const say = await held
    now += PING_MS
    const reader = (await asked).body?.getReader()
    const read = async () => new TextDecoder().decode((await reader?.read())?.value)
    expect(await read()).toContain('"role":"assistant"')
    now += PING_MS
    expect(await read()).toBe(": ping\n")
    say.tokens("Hi")
    say.finished("stop", 1)
    expect(await read()).toContain('"content":"Hi"')
  })

  it("tells a client whose job is never heard of again, and cancels", async () => {
    let now = Date.now()
    const { network, held } = withHeldAnswer(() => {})
    const { post } = await startGateway(network, { now: () => now })
    const asked = post(ASK)
    await held
    now += 120_000 + DEADLINE_GRACE_MS + 1_000
    const response = await asked
    expect(response.status).toBe(504)
    await until(() => network.cancelled.length > 0)
  })

  it("stops listening for a job that never ends after its client left", async () => {
    let now = Date.now()
    const { network, held } = withHeldAnswer()
    const { client } = await startGateway(network, { now: () => now })
    const before = network.bus.listeners().length
    const hangUp = new AbortController()
    const answer = client.chat.completions.create(ASK, { signal: hangUp.signal }).catch((error: unknown) => error)
    await held
    hangUp.abort()
    await answer
    await until(() => network.cancelled.length > 0)
    expect(network.bus.listeners().length).toBe(before + 2)
    now += LINGER_MS + 1
    await until(() => network.bus.listeners().length === before)
  })
})

describe("closing", () => {
  it("lets a running stream end and turns new requests away", async () => {
    const { network, held } = withHeldAnswer()
    const { app, client, post } = await startGateway(network, { drainMs: 5_000 })
    await post({})
    const stream = client.chat.completions.stream(ASK)
    const content = stream.finalContent()
    const say = await held
    const closed = app.close()
    const refused = await post(ASK).then((response) => response.status, () => "refused")
    expect([503, "refused"]).toContain(refused)
    say.tokens("lo")
    say.finished("stop", 2)
    expect(await content).toBe("Hello")
    await closed
    expect(network.cancelled).toEqual([])
  })

  it.each([[true], [false]])("ends what does not end by itself with an error, and cancels it (stream: %s)", async (stream) => {
    const { network, held } = withHeldAnswer()
    const { app, post } = await startGateway(network, { drainMs: 1 })
    const asked = post({ ...ASK, stream })
    await held
    await app.close()
    const response = await asked
    expect(response.status).toBe(stream ? 200 : 503)
    expect(await response.text()).toContain('"code":"shutting_down"')
    expect(network.cancelled).toHaveLength(1)
  })
})
