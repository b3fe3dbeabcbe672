import { Effect } from "effect"
import { describe, expect, it } from "vitest"
import { RETRY_LIMIT } from "#commands/job/limits.ts"
import { piecesOf, recordText } from "#domain/protocol/answer-text.ts"
import type { ChatTask, InferenceRequest } from "#domain/protocol/inference-request.ts"
import { countSubject } from "#domain/protocol/bus-messages.ts"
import { echoEngine } from "#infra/echo-engine/echo-engine.ts"
import { RequestUnsupported } from "#node/ports/inference-engine.ts"
import { useWire } from "#test/support/node-wire.ts"

const wire = useWire()
const { joinHonestly, joinRaw, joinWith, expectNothingCharged } = wire

const withTools: ChatTask = { task: "chat", messages: [{ role: "user", content: "call time" }], tools: [{ name: "time" }], sampling: {} }
const UNENFORCEABLE: ChatTask = {
  task: "chat", messages: [{ role: "user", content: "hi" }], sampling: {},
  format: { type: "json_schema", schema: { type: "string", pattern: "^a" } },
}

describe("a node", () => {
  it("calls tools, and its calls arrive as records", async () => {
    await joinHonestly()
    const answer = await wire.network().askFor(1, withTools)
    expect(await answer.ending()).toMatchObject({ type: "finished", finishReason: "tool_calls" })
    expect(piecesOf(answer.text())).toMatchObject([{ type: "tool_call", call: { name: "time", arguments: "{}" } }])
  })

  it("embeds 2 048 inputs in one request, in messages that any broker takes", async () => {
    await joinHonestly()
    const inputs = Array.from({ length: 2_048 }, (_, n) => `input ${n}`)
    const answer = await wire.network().askFor(1, { task: "embedding", inputs })
    expect(await answer.ending()).toMatchObject({ type: "finished", finishReason: "stop", completionTokens: 0 })
    expect(piecesOf(answer.text())).toHaveLength(2_048)
    for (const message of answer.heard) expect(Buffer.byteLength(JSON.stringify(message))).toBeLessThan(512 * 1024)
  })

  it("that only embeds joins, and works", async () => {
    const engine = echoEngine({ modelName: "m", slots: 4 })
    await joinWith({ ...engine, model: { ...engine.model, tasks: ["embedding"], features: [] } })
    const answer = await wire.network().askFor(1, { task: "embedding", inputs: ["a", "b"] })
    expect(await answer.ending()).toMatchObject({ type: "finished" })
  })

  it("that says it only embeds and does not is turned away", async () => {
    const client = await joinRaw()
    const models = [{ name: "m", hash: "a".repeat(64), context_length: 512, tasks: ["embedding"] as const, features: [] }]
    await client.hello({ models })
    expect(await client.frame("test")).toMatchObject({ request: { task: "embedding" } })
    client.send({ type: "tested", model: "m", text: "pong", tokens: 1, duration_ms: 1 })
    expect(await client.frame("refused")).toMatchObject({ code: "test_failed", fatal: true })
  })
})

describe("a request that a node cannot do", () => {
  const cannot = () => {
    const engine = echoEngine({ modelName: "m", slots: 4 })
    return { ...engine, generate: () => Effect.fail(new RequestUnsupported({ message: "tools: no" })) }
  }

  it("is done by another one", async () => {
    await joinWith(cannot())
    const first = await wire.network().askFor(1, withTools)
    await joinHonestly()
    expect(await first.ending()).toMatchObject({ type: "finished", finishReason: "tool_calls" })
  })

  it("ends as what it is when none can, and costs nothing", async () => {
    await joinHonestly()
    const answer = await wire.network().askFor(1, UNENFORCEABLE)
    expect(await answer.ending()).toMatchObject({ type: "ended", reason: "unsupported" })
    expect(wire.network().count("io_declined_total")).toBe(1 + RETRY_LIMIT)
    await expectNothingCharged()
  })

  it("is refused by its count, with the reason", async () => {
    await (await joinHonestly()).ready
    const ask = wire.network().bus.request(countSubject("m"), { model: "m", request: UNENFORCEABLE satisfies InferenceRequest }, 5_000)
    expect(await Effect.runPromise(ask)).toEqual({ ok: false, reason: "unsupported", message: `response_format: "pattern" cannot be enforced here` })
  })
})

describe("a node that answers something else than it was asked", () => {
  const lies = [
    ["a call of a tool that is not there", withTools, recordText({ type: "tool_call", call: { id: "call_1", name: "else", arguments: "{}" } })],
    ["a vector that is too long", { task: "embedding", inputs: ["a"] }, recordText({ type: "embedding", vector: Buffer.from(Float32Array.of(3, 4).buffer).toString("base64") })],
    ["half a record", withTools, "\u001e{"],
  ] as const satisfies readonly (readonly [string, InferenceRequest, string])[]

  it.each(lies)("%s: has an invalid receipt, and an honest one does the job", async (_, request, text) => {
    const liar = await joinRaw()
    await liar.join()
    const answer = await wire.network().askFor(1, request)
    const { attempt_id } = await liar.frame("assign")
    await (await joinHonestly()).ready
    liar.send({ type: "tokens", chunks: [{ attempt_id, index: 0, text, tokens: 0 }] })
    expect(await liar.frame("refused")).toMatchObject({ code: "receipt_mismatch" })
    expect(await answer.ending()).toMatchObject({ type: "finished" })
    expect(piecesOf(answer.text())).toHaveLength(1)
    const state = await wire.network().jobState(answer.jobId)
    expect(state).toMatchObject({ attempts: expect.arrayContaining([expect.objectContaining({ failure: "invalid_receipt" })]) })
  })
})
