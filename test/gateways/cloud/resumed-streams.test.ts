import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { newGatewayId } from "#commands/ids.ts"
import { answering, ASK, fakeNetwork, GOOD_KEY, type Saying, startGateway, until } from "./fake-network.ts"
import { readEvents, type StreamEvent, textOf } from "./read-events.ts"

const STREAM = { ...ASK, stream: true, stream_options: { include_usage: true } }
const WORDS = ["The ", "quick ", "brown ", "fox ", "jumps ", "over ", "it."]
const WHOLE = WORDS.join("")
const keyed = (key: string, last: string | null = null) => ({ "idempotency-key": key, ...(last !== null && { "last-event-id": last }) })

/** A node that says a word when it is told to. */
const heldStream = () => {
  const network = fakeNetwork()
  const held = Promise.withResolvers<Saying>()
  network.script = (say) => held.resolve(say)
  return { network, held: held.promise }
}

const finish = (say: Saying, words: readonly string[]) => {
  for (const word of words) say.tokens(word)
  say.finished("stop", WORDS.length)
}

describe("a stream that can be gone on with", () => {
  it("has an id on each event, and is otherwise what any stream is", async () => {
    const network = fakeNetwork()
    network.script = answering(...WORDS)
    const { post } = await startGateway(network)
    const plain = await readEvents(await post(STREAM))
    const withIds = await readEvents(await post(STREAM, keyed("a")))
    expect(plain.every(({ id }) => id === null)).toBe(true)
    expect(withIds.map(({ id }) => id)).toEqual(withIds.map((_, index) => `1-${index + 1}`))
    expect(withIds).toHaveLength(plain.length)
    expect(textOf(withIds)).toBe(WHOLE)
    expect(withIds.at(-1)?.data).toBe("[DONE]")
    expect(JSON.parse(withIds.at(-2)?.data ?? "").usage).toMatchObject({ completion_tokens: WORDS.length })
  })

  it("is also one whose client says so, and then its request's id is what it is gone on with by", async () => {
    const network = fakeNetwork()
    network.script = answering(...WORDS)
    const { post, url } = await startGateway(network)
    const response = await post(STREAM, { "x-resultity-resumable": "true" })
    const id = response.headers.get("x-resultity-request-id")
    const first = await readEvents(response, 3)
    const rest = await fetch(`${url}/v1/requests/${id}/stream`, {
      headers: { authorization: `Bearer ${GOOD_KEY}`, "last-event-id": String(first.at(-1)?.id) },
    })
    expect(textOf([...first, ...(await readEvents(rest))])).toBe(WHOLE)
    expect(network.submitted).toHaveLength(1)
  })

  it("goes on with its work for a client that hung up, at another gateway too", async () => {
    const { network, held } = heldStream()
    const [here, there] = [await startGateway(network), await startGateway(network)]
    const first = here.post(STREAM, keyed("b"))
    const say = await held
    say.tokens("The ")
    const before = await readEvents(await first, 2)
    say.tokens("quick ")
    const resumed = there.post(STREAM, keyed("b", before.at(-1)?.id ?? null))
    finish(say, WORDS.slice(2))
    const after = await readEvents(await resumed)
    expect(textOf([...before, ...after])).toBe(WHOLE)
    expect(network.submitted).toHaveLength(1)
    expect(network.cancelled).toEqual([])
  })

  it("is read by two at once", async () => {
    const { network, held } = heldStream()
    const [here, there] = [await startGateway(network), await startGateway(network)]
    const both = [here.post(STREAM, keyed("c")), there.post(STREAM, keyed("c"))]
    finish(await held, WORDS)
    const texts = await Promise.all(both.map(async (one) => textOf(await readEvents(await one))))
    expect(texts).toEqual([WHOLE, WHOLE])
    expect(network.submitted).toHaveLength(1)
  })

  it("cannot go on when its gateway is lost, which is said by name; asked for anew it begins anew", async () => {
    const { network, held } = heldStream()
    const gatewayId = newGatewayId()
    const here = await startGateway(network, { gatewayId })
    const first = here.post(STREAM, keyed("d"))
    const say = await held
    say.tokens("The ")
    const before = await readEvents(await first, 2)
    network.requests.lost.add(gatewayId)
    network.script = answering(...WORDS)
    const there = await startGateway(network)
    const refused = await there.post(STREAM, keyed("d", before.at(-1)?.id ?? null))
    expect(refused.status).toBe(409)
    expect(await refused.json()).toMatchObject({ error: { code: "stream_lost" } })
    const anew = await readEvents(await there.post(STREAM, keyed("d")))
    expect(textOf(anew)).toBe(WHOLE)
    expect(anew[0]?.id).toBe("2-1")
    const stale = await there.post(STREAM, keyed("d", before.at(-1)?.id ?? null))
    expect(stale.status).toBe(409)
  })

  it.each(["x", "1-", "0-1", "1-1-1", "1.5-2"])("takes no %j for an event of it", async (id) => {
    const { post } = await startGateway()
    await readEvents(await post(STREAM, keyed("e")))
    const refused = await post(STREAM, keyed("e", id))
    expect(refused.status).toBe(400)
    expect(await refused.json()).toMatchObject({ error: { code: "invalid_last_event_id" } })
  })
})

it("a stream that nobody can go on with is cancelled at once when its client hangs up", async () => {
  const { network, held } = heldStream()
  const { post } = await startGateway(network)
  const first = post(STREAM)
  const say = await held
  say.tokens("The ")
  await readEvents(await first, 1)
  await until(() => network.cancelled.length === 1)
})

it("a stream with no reader for the grace time is cancelled", async () => {
  const network = fakeNetwork()
  let now = Date.now()
  network.script = (say) => say.tokens("The ")
  const { post } = await startGateway(network, { now: () => now, graceMs: 5_000 })
  await readEvents(await post(STREAM, keyed("f")), 1)
  const until60s = now + 60_000
  await until(() => {
    now = Math.min(now + 10, until60s)
    return network.cancelled.length === 1
  })
  expect((await post(STREAM, keyed("f"))).status).toBe(409)
})

it("wherever a stream is cut and at whichever gateway it goes on, the joined text is the unbroken one, once charged", async () => {
  const network = fakeNetwork()
  const gateways = [await startGateway(network), await startGateway(network), await startGateway(network)]
  let run = 0
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ events: fc.integer({ min: 1, max: 4 }), gateway: fc.integer({ min: 0, max: 2 }) }), { maxLength: 5 }),
      fc.integer({ min: 0, max: WORDS.length }),
      async (cuts, saidAtOnce) => {
        const key = `run-${(run += 1)}`
        const before = network.submitted.length
        const held = Promise.withResolvers<Saying>()
        network.script = (say) => {
          for (const word of WORDS.slice(0, saidAtOnce)) say.tokens(word)
          held.resolve(say)
        }
        const events: StreamEvent[] = []
        const rest = WORDS.slice(saidAtOnce)
        void held.promise.then((say) => finish(say, rest))
        for (const { events: count, gateway } of [...cuts, { events: Infinity, gateway: 1 }]) {
          const response = await gateways[gateway]?.post(STREAM, keyed(key, events.at(-1)?.id ?? null))
          if (response === undefined) throw new Error("no such gateway")
          expect(response.status).toBe(200)
          events.push(...(await readEvents(response, count)))
        }
        expect(textOf(events)).toBe(WHOLE)
        expect(events.map(({ id }) => id)).toEqual(events.map((_, index) => `1-${index + 1}`))
        expect(events.filter(({ data }) => data === "[DONE]")).toHaveLength(1)
        expect(network.submitted.length - before).toBe(1)
      },
    ),
    { numRuns: 60 },
  )
  expect(network.cancelled).toEqual([])
})
