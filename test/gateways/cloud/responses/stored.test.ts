import { describe, expect, it } from "vitest"
import type { ChatJob } from "#commands/job/submit-chat.ts"
import { newKeyId, newNamespaceId } from "#commands/ids.ts"
import type { ResponseBody } from "#gateways/cloud/responses/response-body.ts"
import { recordText } from "#domain/protocol/answer-text.ts"
import { keyAccess } from "#test/support/key-access.ts"
import { openAIProblems } from "#test/support/openai-schemas.ts"
import { bodyOf, failureOf } from "../failures.ts"
import { answering, fakeNetwork, GOOD_RECORD, keyOf, startGateway } from "../fake-network.ts"
import { ASK, gatewayWith, PATH, WEATHER } from "./response-gateway.ts"

const messagesOf = (job: ChatJob | undefined): readonly object[] => (job?.request.task === "chat" ? job.request.messages : [])

describe("a kept response", () => {
  it("is retrieved as it was given, with its input, and is gone when it is deleted", async () => {
    const { client, url } = await startGateway()
    const { output_text: _, ...made } = await client.responses.create({ ...ASK, instructions: "Be brief." })
    expect(await client.responses.retrieve(made.id)).toMatchObject(made)
    const items = await client.responses.inputItems.list(made.id)
    expect(items.data).toMatchObject([{ type: "message", role: "user", content: [{ type: "input_text", text: "Say hello" }] }])
    const raw = await fetch(`${url}${PATH}/${made.id}/input_items`, { headers: { authorization: `Bearer ${client.apiKey}` } })
    expect(openAIProblems("ResponseItemList", await raw.json())).toEqual([])
    await client.responses.delete(made.id)
    for (const gone of [client.responses.retrieve(made.id), client.responses.delete(made.id)]) {
      expect(await failureOf(gone)).toMatchObject({ status: 404, code: "response_not_found" })
    }
  })

  it("pages through its input, the last item first", async () => {
    const { client } = await startGateway()
    const input = ["a", "b", "c"].map((content) => ({ role: "user" as const, content }))
    const { id } = await client.responses.create({ ...ASK, input })
    const words = async (query: object) => {
      const { data, has_more } = await client.responses.inputItems.list(id, query)
      return [JSON.stringify(data).match(/(?<="text":")[^"]/g), has_more]
    }
    expect(await words({ limit: 2 })).toEqual([["c", "b"], true])
    expect(await words({ order: "asc" })).toEqual([["a", "b", "c"], false])
    const { data } = await client.responses.inputItems.list(id, { order: "asc", limit: 1 })
    expect(await words({ order: "asc", after: data[0]?.id })).toEqual([["b", "c"], false])
    const all: unknown[] = []
    for await (const item of client.responses.inputItems.list(id, { limit: 1 })) all.push(item)
    expect(all).toHaveLength(3)
  })

  it("is gone on from: its conversation is before the new input, its instructions are not", async () => {
    const { client, network } = await startGateway()
    const first = await client.responses.create({ ...ASK, instructions: "Be brief." })
    const second = await client.responses.create({ ...ASK, input: "And now?", instructions: "Be kind.", previous_response_id: first.id })
    const third = await client.responses.create({ ...ASK, input: "Go on.", previous_response_id: second.id })
    expect([second.previous_response_id, third.previous_response_id]).toEqual([first.id, second.id])
    const [hello, said] = [{ role: "user", content: "Say hello" }, { role: "assistant", content: "Hello" }]
    expect(messagesOf(network.submitted[1])).toEqual([{ role: "system", content: "Be kind." }, hello, said, { role: "user", content: "And now?" }])
    expect(messagesOf(network.submitted[2])).toEqual([hello, said, { role: "user", content: "And now?" }, said, { role: "user", content: "Go on." }])
    expect((await client.responses.inputItems.list(third.id)).data).toMatchObject([{ content: [{ text: "Go on." }] }])
    await client.responses.delete(first.id)
    expect(await client.responses.create({ ...ASK, previous_response_id: second.id })).toMatchObject({ status: "completed" })
  })

  it("takes the output of a call that it made", async () => {
    const call = recordText({ type: "tool_call", call: { id: "call_1", name: "weather", arguments: "{}" } })
    const { client, network } = await gatewayWith(answering("Let me see.", call))
    const first = await client.responses.create({ ...ASK, tools: [WEATHER] })
    const output = { type: "function_call_output" as const, call_id: "call_1", output: "sunny" }
    await client.responses.create({ ...ASK, input: [output], previous_response_id: first.id })
    const turns = [
      { role: "user", content: "Say hello" },
      { role: "assistant", content: "Let me see.", toolCalls: [{ id: "call_1", name: "weather", arguments: "{}" }] },
      { role: "tool", content: "sunny", toolCallId: "call_1" },
    ]
    expect(messagesOf(network.submitted[1])).toEqual(turns)
    await client.responses.create({ ...ASK, input: [{ role: "user", content: "Say hello" }, ...first.output, output] as never })
    expect(messagesOf(network.submitted[2])).toEqual(turns)
    const references = first.output.map(({ id }) => ({ type: "item_reference" as const, id: id ?? "" }))
    await client.responses.create({ ...ASK, input: [{ role: "user", content: "Say hello" }, ...references, output] })
    expect(messagesOf(network.submitted[3])).toEqual(turns)
  })

  it("is not kept where the client does not want it, and says so where it cannot be", async () => {
    const { client, network } = await startGateway()
    const { id, store } = await client.responses.create({ ...ASK, store: false }) as unknown as ResponseBody
    expect([store, network.responses.size]).toEqual([false, 0])
    expect(await failureOf(client.responses.retrieve(id))).toMatchObject({ status: 404 })
    const away = async () => {
      throw new Error("the store is away")
    }
    const { client: unlucky } = await startGateway(network, { responses: { keep: away, find: away, forget: away } })
    expect(await unlucky.responses.create(ASK)).toMatchObject({ status: "completed", store: false })
    expect(network.counted.get("cloud_responses_kept_total/failed")).toBe(1)
  })

  it("is not there for another namespace", async () => {
    const other = { ...GOOD_RECORD, keyId: newKeyId(), namespaceId: newNamespaceId() }
    const records = new Map([GOOD_RECORD, other].map((one) => [one.keyId as string, { ...one, access: keyAccess(one.keyId) }]))
    const { client } = await startGateway(fakeNetwork(), { keys: { find: async (keyId) => records.get(keyId) ?? null } })
    const stranger = client.withOptions({ apiKey: keyOf(other) })
    const { id, output } = await client.responses.create(ASK)
    const reference = [{ type: "item_reference" as const, id: output[0]?.id ?? "" }]
    const asked = [
      stranger.responses.retrieve(id), stranger.responses.inputItems.list(id), stranger.responses.delete(id),
      stranger.responses.create({ ...ASK, previous_response_id: id }), stranger.responses.create({ ...ASK, input: reference }),
    ]
    expect(await Promise.all(asked.map(async (one) => (await failureOf(one)).status))).toEqual([404, 404, 404, 404, 404])
    expect(await client.responses.retrieve(id)).toMatchObject({ id })
  })

  it.each(["resp_nowhere", "resp_", "x", "%00", "resp_01234567-89ab-7def-8123-456789abcdef"])("is a 404 under %s", async (id) => {
    const { url, client } = await startGateway()
    const reply = await fetch(`${url}${PATH}/${id}`, { headers: { authorization: `Bearer ${client.apiKey}` } })
    expect(await bodyOf(reply)).toMatchObject({ status: 404, code: "response_not_found" })
  })

  it("is not streamed again", async () => {
    const { url, client } = await startGateway()
    const reply = await fetch(`${url}${PATH}/resp_x?stream=true`, { headers: { authorization: `Bearer ${client.apiKey}` } })
    expect(await bodyOf(reply)).toMatchObject({ status: 400, param: "stream" })
  })
})
