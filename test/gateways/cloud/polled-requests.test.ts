import { describe, expect, it, vi } from "vitest"
import { newGatewayId, newRequestId } from "#commands/ids.ts"
import type { RequestObject } from "#gateways/cloud/requests/request-object.ts"
import { answering, ASK, fakeNetwork, GOOD_KEY, GOOD_RECORD, MODEL, type Saying, silent, startGateway, until } from "./fake-network.ts"

const requestOf = async (response: Response | Promise<Response>) => (await (await response).json()) as RequestObject
const ASYNC = { prefer: "respond-async" }
const authorization = { authorization: `Bearer ${GOOD_KEY}` }

interface RequestList {
  readonly data: readonly RequestObject[]
  readonly last_id: string | null
}

const client = (url: string) => ({
  show: async (id: string) => requestOf(fetch(`${url}/v1/requests/${id}`, { headers: authorization })),
  cancel: (id: string) => fetch(`${url}/v1/requests/${id}/cancel`, { method: "POST", headers: authorization }),
  list: async (query = "") => (await (await fetch(`${url}/v1/requests${query}`, { headers: authorization })).json()) as RequestList,
})

/** Asks until the request has ended. */
const ended = (url: string, id: string) =>
  vi.waitFor(async () => {
    const request = await client(url).show(id)
    expect(request.ended_at).not.toBeNull()
    return request
  }, { timeout: 10_000, interval: 5 })

describe("a request whose answer is fetched later", () => {
  it("is accepted at once, and its answer is what its route would have said", async () => {
    const { post, url, network } = await startGateway()
    const accepted = await post(ASK, ASYNC)
    expect(accepted.status).toBe(202)
    expect(accepted.headers.get("preference-applied")).toBe("respond-async")
    const { request_id: id, status } = await requestOf(accepted)
    expect(accepted.headers.get("location")).toBe(`/v1/requests/${id}`)
    expect(["queued", "in_progress", "completed"]).toContain(status)
    const request = await ended(url, id)
    expect(request).toMatchObject({ object: "request", status: "completed", endpoint: "POST /v1/chat/completions", model: MODEL, response_status: 200, error: null })
    expect(request.response).toMatchObject({ object: "chat.completion", choices: [{ message: { content: "Hello" } }] })
    expect(network.submitted).toMatchObject([{ mode: "polling", repeatable: true }])
    expect(request.job_ids).toEqual([network.submitted[0]?.jobId])
  })

  it("is known at every gateway, and only to its own namespace", async () => {
    const network = fakeNetwork()
    const { post } = await startGateway(network)
    const { request_id: id } = await requestOf(post(ASK, ASYNC))
    const { url } = await startGateway(network)
    await ended(url, id)
    const other = await startGateway(network, { keys: { find: async () => ({ ...GOOD_RECORD, namespaceId: "ns_00000000-0000-7000-8000-000000000009" as never }) } })
    const refused = await fetch(`${other.url}/v1/requests/${id}`, { headers: authorization })
    expect(refused.status).toBe(404)
    expect(await refused.json()).toMatchObject({ error: { code: "request_not_found", param: "id" } })
  })

  it("is refused at once where its route would not take its body, or where it asks for a stream", async () => {
    const { post, network } = await startGateway()
    expect((await post({ ...ASK, temperature: 9 }, ASYNC)).status).toBe(400)
    const stream = await post({ ...ASK, stream: true }, ASYNC)
    expect(await stream.json()).toMatchObject({ error: { param: "stream" } })
    expect(network.submitted).toEqual([])
  })

  it("fails with the error that its route would have given", async () => {
    const { post, url } = await startGateway()
    const { request_id: id } = await requestOf(post({ ...ASK, model: "nobody-has-it" }, ASYNC))
    expect(await ended(url, id)).toMatchObject({ status: "failed", response_status: 404, response: null, error: { code: "model_not_found" } })
  })

  it("waits while the network is busy, and is done when it is not", async () => {
    const network = fakeNetwork()
    network.script = (say) => {
      network.script = answering("Hi")
      say.ended("failed")
    }
    const { post, url } = await startGateway(network)
    const { request_id: id } = await requestOf(post(ASK, ASYNC))
    expect(await ended(url, id)).toMatchObject({ status: "completed", response: { choices: [{ message: { content: "Hi" } }] } })
    expect(network.submitted).toHaveLength(2)
  })

  it("is one request under one key", async () => {
    const { post, network, url } = await startGateway()
    const both = await Promise.all([post(ASK, { ...ASYNC, "idempotency-key": "k" }), post(ASK, { ...ASYNC, "idempotency-key": "k" })])
    const [one, two] = await Promise.all(both.map(requestOf))
    expect(one?.id).toBe(two?.id)
    await ended(url, String(one?.id))
    expect(network.submitted).toHaveLength(1)
    expect((await post({ ...ASK, seed: 1 }, { ...ASYNC, "idempotency-key": "k" })).status).toBe(422)
  })

  it("is given to those who wait for it, too", async () => {
    const { post, url } = await startGateway()
    const { request_id: id } = await requestOf(post(ASK, ASYNC))
    const answer = await fetch(`${url}/v1/requests/${id}/stream`, { headers: authorization })
    expect(await answer.json()).toMatchObject({ choices: [{ message: { content: "Hello" } }] })
  })
})

describe("a gateway that is lost", () => {
  it("loses no request that it accepted: another one does it, once", async () => {
    const network = fakeNetwork()
    network.script = silent
    const gatewayId = newGatewayId()
    const first = await startGateway(network, { gatewayId })
    const { request_id: id } = await requestOf(first.post(ASK, ASYNC))
    await until(() => network.answered === 1)
    network.script = answering("Hi")
    network.requests.lost.add(gatewayId)
    const { url } = await startGateway(network)
    expect(await ended(url, id)).toMatchObject({ status: "completed", response: { choices: [{ message: { content: "Hi" } }] } })
    expect(network.submitted).toHaveLength(2)
    expect(network.counted.get("cloud_requests_taken_over_total")).toBe(1)
  })

  it("gives back what it has when it goes down by itself", async () => {
    const network = fakeNetwork()
    network.script = silent
    const { app, post } = await startGateway(network)
    const { request_id: id } = await requestOf(post(ASK, ASYNC))
    await until(() => network.answered === 1)
    await app.close()
    network.script = answering("Hi")
    const { url } = await startGateway(network)
    expect(await ended(url, id)).toMatchObject({ status: "completed" })
  })
})

describe("cancelling a request", () => {
  it("ends its work, also from another gateway, and says so", async () => {
    const network = fakeNetwork()
    const held = Promise.withResolvers<Saying>()
    network.script = (say) => held.resolve(say)
    const [here, there] = [await startGateway(network), await startGateway(network)]
    const { request_id: id } = await requestOf(here.post(ASK, ASYNC))
    await held.promise
    const cancelled = await client(there.url).cancel(id)
    expect(await cancelled.json()).toMatchObject({ id, status: "cancelled" })
    await until(() => network.cancelled.length === 1)
    expect(await (await fetch(`${here.url}/v1/requests/${id}`, { method: "DELETE", headers: authorization })).json()).toMatchObject({ status: "cancelled" })
  })

  it("is refused when it has ended", async () => {
    const { post, url } = await startGateway()
    const { request_id: id } = await requestOf(post(ASK, ASYNC))
    await ended(url, id)
    const refused = await client(url).cancel(id)
    expect(refused.status).toBe(409)
    expect(await refused.json()).toMatchObject({ error: { code: "request_over" } })
  })
})

describe("the list of requests", () => {
  it("has the newest first, in pages, and can be of one status", async () => {
    const { post, url } = await startGateway()
    const ids: string[] = []
    for (let count = 0; count < 3; count += 1) {
      const { request_id: id } = await requestOf(post(ASK, ASYNC))
      ids.unshift(id)
      await ended(url, id)
    }
    const { list } = client(url)
    const first = await list("?limit=2")
    expect(first).toMatchObject({ object: "list", has_more: true, first_id: ids[0], last_id: ids[1] })
    const second = await list(`?limit=2&after=${first.last_id}`)
    expect(second).toMatchObject({ has_more: false, first_id: ids[2], last_id: ids[2] })
    expect((await list("?status=failed")).data).toEqual([])
    expect((await list("?status=completed")).data).toHaveLength(3)
  })

  it.each(["limit=0", "limit=101", "limit=x", "status=done", "after=1"])("refuses %s by name", async (query) => {
    const { url } = await startGateway()
    const refused = await fetch(`${url}/v1/requests?${query}`, { headers: authorization })
    expect(refused.status).toBe(400)
    expect(await refused.json()).toMatchObject({ error: { param: query.split("=")[0] } })
  })
})

it.each(["x", "req_1", newRequestId()])("there is no request %s", async (id) => {
  const { url } = await startGateway()
  for (const method of ["GET", "DELETE"]) {
    expect((await fetch(`${url}/v1/requests/${id}`, { method, headers: authorization })).status).toBe(404)
  }
})
