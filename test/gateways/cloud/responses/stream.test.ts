import { describe, expect, it } from "vitest"
import { recordText } from "#domain/protocol/answer-text.ts"
import { fakeNetwork, startGateway, until } from "../fake-network.ts"
import { ASK, eventsOf, gatewayWith, PATH, streamed, WEATHER } from "./response-gateway.ts"

const BEGIN = ["response.created", "response.in_progress"]
const MESSAGE_BEGIN = ["response.output_item.added", "response.content_part.added"]
const MESSAGE_END = ["response.output_text.done", "response.content_part.done", "response.output_item.done"]

describe("a streamed response", () => {
  it("announces an item, says it, ends it, and ends itself once", async () => {
    const events = await streamed(await startGateway(), {})
    const delta = "response.output_text.delta"
    expect(events.map(({ type }) => type)).toEqual([...BEGIN, ...MESSAGE_BEGIN, delta, delta, ...MESSAGE_END, "response.completed"])
    expect(events.map((event) => event.delta ?? "").join("")).toBe("Hello")
    expect(events[0]?.response).toMatchObject({ status: "in_progress", output: [] })
    expect(events.at(-1)?.response).toMatchObject({
      status: "completed", output: [{ status: "completed", content: [{ text: "Hello" }] }], usage: { output_tokens: 2, cost_micro_credits: "9" },
    })
  })

  it("gives an item one id through all its events, and its place", async () => {
    const call = recordText({ type: "tool_call", call: { id: "call_1", name: "weather", arguments: '{"city":"Oslo"}' } })
    const script = gatewayWith((say) => {
      for (const text of ["Let ", "me see.", call, call.replace("call_1", "call_2")]) say.tokens(text)
      say.finished("tool_calls", 4)
    })
    const events = await streamed(await script, { tools: [WEATHER] })
    const calling = ["response.output_item.added", "response.function_call_arguments.delta", "response.function_call_arguments.done", "response.output_item.done"]
    expect(events.map(({ type }) => type).slice(-9)).toEqual([...calling, ...calling, "response.completed"])
    const announced = events.filter(({ type }) => type === "response.output_item.added").map(({ item, output_index }) => [item?.id, output_index])
    expect(announced.map(([, place]) => place)).toEqual([0, 1, 2])
    const idsAt = (place: unknown) => events.filter(({ output_index }) => output_index === place).map(({ item, item_id }) => item?.id ?? item_id)
    for (const [id, place] of announced) expect(new Set(idsAt(place))).toEqual(new Set([id]))
    expect(new Set(announced.map(([id]) => id)).size).toBe(3)
    expect(events.at(-1)?.response?.output.map((item) => ("id" in item ? item.id : null))).toEqual(announced.map(([id]) => id))
  })

  it("that was cut by its limit ends as incomplete", async () => {
    const gateway = await gatewayWith((say) => {
      say.tokens("Hel")
      say.finished("length", 1)
    })
    const last = (await streamed(gateway, {})).at(-1)
    expect(last).toMatchObject({ type: "response.incomplete", response: { status: "incomplete", incomplete_details: { reason: "max_output_tokens" } } })
  })

  it("without a word has an empty message", async () => {
    const events = await streamed(await gatewayWith((say) => say.finished("stop", 0)), {})
    expect(events.map(({ type }) => type)).toEqual([...BEGIN, ...MESSAGE_BEGIN, ...MESSAGE_END, "response.completed"])
  })

  it("that fails in its midst ends with response.failed and what there is, and can be retrieved", async () => {
    const gateway = await gatewayWith((say) => {
      say.tokens("Hel")
      say.ended("failed")
    })
    const events = await streamed(gateway, {})
    expect(events.at(-1)).toMatchObject({
      type: "response.failed", response: { status: "failed", error: { code: "server_error" }, output: [{ status: "incomplete", content: [{ text: "Hel" }] }] },
    })
    expect(events.filter(({ type }) => /completed|incomplete|failed$/.test(type))).toHaveLength(1)
    await until(() => gateway.network.responses.size === 1)
    expect(await gateway.client.responses.retrieve(events[0]?.response?.id ?? "")).toMatchObject({ status: "failed" })
  })

  it("that fails before its first event is a plain error", async () => {
    const { post } = await gatewayWith((say) => say.ended("failed"))
    const reply = await post({ ...ASK, stream: true }, {}, PATH)
    expect([reply.status >= 500, reply.headers.get("content-type")]).toEqual([true, "application/json; charset=utf-8"])
  })

  it("has ended only when it can be retrieved", async () => {
    const network = fakeNetwork()
    const { promise: stored, resolve: store } = Promise.withResolvers<void>()
    const responses = { keep: () => stored, find: async () => null, forget: async () => {} }
    const { post } = await startGateway(network, { responses })
    const reply = await post({ ...ASK, stream: true }, {}, PATH)
    const text = reply.text()
    await until(() => network.confirmed.length === 1)
    const early = await Promise.race([text, new Promise<null>((resolve) => setImmediate(() => resolve(null)))])
    expect(early).toBeNull()
    store()
    expect(eventsOf(await text).at(-1)?.type).toBe("response.completed")
  })
})
