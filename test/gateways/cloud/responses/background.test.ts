import { describe, expect, it } from "vitest"
import { newKeyId, newNamespaceId } from "#commands/ids.ts"
import { keyAccess } from "#test/support/key-access.ts"
import { openAIProblems } from "#test/support/openai-schemas.ts"
import { bodyOf, failureOf } from "../failures.ts"
import { fakeNetwork, GOOD_RECORD, keyOf, type Saying, silent, startGateway, until } from "../fake-network.ts"
import { ASK, type Gateway, gatewayWith, PATH } from "./response-gateway.ts"

const LATER = { ...ASK, background: true }

const eventually = async ({ client }: Gateway, id: string, status: string) => {
  for (;;) {
    const response = await client.responses.retrieve(id)
    if (response.status === status) return response
    if (response.status !== "queued" && response.status !== "in_progress") throw new Error(`it is ${response.status}`)
    await new Promise((resolve) => setImmediate(resolve))
  }
}

/** Answers when told to. */
const held = async () => {
  const saying: Saying[] = []
  const gateway = await gatewayWith((say) => void saying.push(say))
  const answer = () => {
    saying.at(-1)?.tokens("Hello")
    saying.at(-1)?.finished("stop", 1)
  }
  return { ...gateway, answer }
}

describe("a response in the background", () => {
  it("is queued, then in progress, then there under the same id, and is gone on from", async () => {
    const gateway = await held()
    const { client, network, answer } = gateway
    const queued = await client.responses.create(LATER)
    expect(queued).toMatchObject({ status: "queued", background: true, output: [], error: null })
    expect(openAIProblems("Response", { ...queued, output_text: "" })).toEqual([])
    await until(() => network.answered === 1)
    expect(await client.responses.retrieve(queued.id)).toMatchObject({ id: queued.id, status: "in_progress", created_at: queued.created_at })
    expect((await client.responses.inputItems.list(queued.id)).data).toMatchObject([{ role: "user" }])
    answer()
    const done = await eventually(gateway, queued.id, "completed")
    expect(done).toMatchObject({ id: queued.id, created_at: queued.created_at, background: true, output_text: "Hello", usage: { output_tokens: 1 } })
    expect(network.submitted[0]).toMatchObject({ mode: "polling" })
    const next = client.responses.create({ ...ASK, previous_response_id: queued.id, input: [{ type: "item_reference", id: done.output[0]?.id ?? "" }] })
    await until(() => network.answered === 2)
    answer()
    expect(await next).toMatchObject({ status: "completed" })
    expect(network.submitted[1]?.request).toMatchObject({ messages: [{ role: "user" }, { role: "assistant", content: "Hello" }, { role: "assistant", content: "Hello" }] })
  })

  it("is cancelled, which ends its job; another time changes nothing", async () => {
    const gateway = await gatewayWith(silent)
    const { client, network } = gateway
    const { id } = await client.responses.create(LATER)
    await until(() => network.answered === 1)
    expect(await client.responses.cancel(id)).toMatchObject({ id, status: "cancelled" })
    await until(() => network.cancelled.length === 1)
    expect(await client.responses.cancel(id)).toMatchObject({ status: "cancelled" })
    expect(await client.responses.retrieve(id)).toMatchObject({ status: "cancelled" })
  })

  it("that has ended stays as it is when it is cancelled, and is gone with all that it had when it is deleted", async () => {
    const gateway = await startGateway()
    const { client, network } = gateway
    const { id } = await client.responses.create(LATER)
    await eventually(gateway, id, "completed")
    expect(await client.responses.cancel(id)).toMatchObject({ status: "completed" })
    await client.responses.delete(id)
    expect(network.responses.size).toBe(0)
  })

  it("that fails says so", async () => {
    const network = fakeNetwork()
    network.promptTokens = 1_000
    const gateway = await startGateway(network)
    const { id } = await gateway.client.responses.create(LATER)
    expect(await eventually(gateway, id, "failed")).toMatchObject({ error: { code: "server_error", message: expect.stringContaining("maximum context length") } })
  })

  it("is refused at once for what can be seen at once", async () => {
    const { post } = await startGateway()
    const refusals: readonly (readonly [object, object])[] = [
      [{ stream: true }, { status: 400, param: "stream" }],
      [{ store: false }, { status: 400, param: "store" }],
      [{ model: "nowhere" }, { status: 404, code: "model_not_found" }],
      [{ previous_response_id: "resp_x" }, { status: 404, code: "previous_response_not_found" }],
    ]
    for (const [body, refusal] of refusals) expect(await bodyOf(await post({ ...LATER, ...body }, {}, PATH))).toMatchObject(refusal)
    expect(await bodyOf(await post(LATER, { prefer: "respond-async" }, PATH))).toMatchObject({ status: 400, param: "background" })
  })

  it("is one, however often it is asked for under one key", async () => {
    const { post } = await startGateway()
    const ids = await Promise.all([1, 2, 3].map(async () => ((await (await post(LATER, { "idempotency-key": "k" }, PATH)).json()) as { readonly id: string }).id))
    expect(new Set(ids).size).toBe(1)
  })

  it("has an id of ours, whatever a client says", async () => {
    const gateway = await startGateway()
    const first = await gateway.client.responses.create(ASK)
    const claimed = { headers: { "x-resultity-response-id": first.id } }
    const { id } = await gateway.client.responses.create(LATER, claimed)
    expect(await eventually(gateway, id, "completed")).not.toMatchObject({ id: first.id })
    expect(await gateway.client.responses.create(ASK, claimed)).not.toMatchObject({ id: first.id })
    expect(await gateway.client.responses.retrieve(first.id)).toMatchObject({ background: false })
    const later = await gateway.post(ASK, { ...claimed.headers, prefer: "respond-async" }, PATH)
    const fetched = async () => (await (await fetch(gateway.url + (later.headers.get("location") ?? ""), { headers: { authorization: `Bearer ${gateway.client.apiKey}` } })).json()) as { readonly response: { readonly id: string } | null }
    let response = null
    while (response === null) response = (await fetched()).response
    expect(response.id).not.toBe(first.id)
  })

  it("is not there for another namespace; one that was waited for cannot be cancelled", async () => {
    const other = { ...GOOD_RECORD, keyId: newKeyId(), namespaceId: newNamespaceId() }
    const records = new Map([GOOD_RECORD, other].map((one) => [one.keyId as string, { ...one, access: keyAccess(one.keyId) }]))
    const network = fakeNetwork()
    network.script = silent
    const { client } = await startGateway(network, { keys: { find: async (keyId) => records.get(keyId) ?? null } })
    const stranger = client.withOptions({ apiKey: keyOf(other) })
    const { id } = await client.responses.create(LATER)
    for (const asked of [stranger.responses.retrieve(id), stranger.responses.cancel(id), stranger.responses.delete(id)]) {
      expect(await failureOf(asked)).toMatchObject({ status: 404, code: "response_not_found" })
    }
    const { client: waiting } = await startGateway()
    const awaited = await waiting.responses.create(ASK)
    expect(await failureOf(waiting.responses.cancel(awaited.id))).toMatchObject({ status: 400 })
  })
})
