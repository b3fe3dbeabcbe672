import { describe, expect, it } from "vitest"
import { deliveredSubject } from "#domain/protocol/bus-messages.ts"
import type { Requests } from "#gateways/ports/requests.ts"
import { Effect } from "effect"
import { ASK, fakeNetwork, type Saying, startGateway, until } from "./fake-network.ts"

const KEY = { "idempotency-key": "k" }

/** A store that keeps nothing until it is told to. */
const heldStore = () => {
  const network = fakeNetwork()
  const may = Promise.withResolvers<void>()
  const requests: Requests = {
    ...network.requests.port,
    finish: async (finished) => {
      await may.promise
      return network.requests.port.finish(finished)
    },
  }
  const said = Promise.withResolvers<Saying>()
  network.script = (say) => {
    say.tokens("Hello")
    say.finished("stop", 1)
    said.resolve(say)
  }
  return { network, requests, may, said: said.promise }
}

describe("the end of a job whose answer a repeat is to find", () => {
  it("is not confirmed, and whoever asks for it is told to ask again, until the reply is kept", async () => {
    const { network, requests, may, said } = heldStore()
    const { post } = await startGateway(network, { requests })
    const answer = post(ASK, KEY)
    const { attemptId } = await said
    const jobId = network.submitted[0]?.jobId
    if (jobId === undefined) throw new Error("nothing was submitted")
    const ask = () => Effect.runPromise(network.bus.request(deliveredSubject(jobId), { finishing: attemptId }, 5_000))
    expect(await ask()).toMatchObject({ keeping: true, attempts: [{ attemptId, tokens: 1 }] })
    expect(network.confirmed).toEqual([])
    may.resolve()
    await until(() => network.confirmed.length === 1)
    expect(await ask()).not.toHaveProperty("keeping")
    expect((await answer).status).toBe(200)
  })

  it("of a request without a key waits for nothing", async () => {
    const { network, requests } = heldStore()
    const { post } = await startGateway(network, { requests })
    expect((await post(ASK)).status).toBe(200)
    expect(network.confirmed).toHaveLength(1)
  })
})

it("a reply that the store does not take is given to its client, and kept when the store is back", async () => {
  const network = fakeNetwork()
  let isAway = true
  const requests: Requests = {
    ...network.requests.port,
    finish: async (finished) => {
      if (isAway) throw new Error("the store is away")
      return network.requests.port.finish(finished)
    },
  }
  const { post } = await startGateway(network, { requests })
  const first = await (await post(ASK, KEY)).text()
  isAway = false
  expect(await (await post(ASK, KEY)).text()).toBe(first)
  await until(() => network.confirmed.length === 1)
  const { post: elsewhere } = await startGateway(network)
  expect(await (await elsewhere(ASK, KEY)).text()).toBe(first)
  expect(network.submitted).toHaveLength(1)
})
