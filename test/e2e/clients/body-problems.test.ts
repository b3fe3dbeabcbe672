import { describe, expect, it } from "vitest"
import { bodyProblems } from "./body-problems.ts"
import type { Exchange } from "./recorder.ts"

const HEAD = { id: "chatcmpl-1", created: 1_795_638_226, model: "echo" }
const USAGE = { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 }
const MESSAGE = { role: "assistant", content: "hi", refusal: null }
const CHOICE = { index: 0, message: MESSAGE, logprobs: null, finish_reason: "stop" }
const WHOLE = { ...HEAD, object: "chat.completion", choices: [CHOICE], usage: USAGE }

const exchange = (path: string, text: string, more: Partial<Exchange> = {}): Exchange => ({
  method: "POST", path, requestHeaders: new Headers(), requestBody: "", status: 200,
  headers: new Headers({ "content-type": "application/json; charset=utf-8" }), text, complete: true, ...more,
})
const problemsOf = (body: unknown, path = "/v1/chat/completions", more: Partial<Exchange> = {}) =>
  bodyProblems(exchange(path, JSON.stringify(body), more))

describe("a whole answer", () => {
  it("that is as OpenAI's has no problem", () => {
    expect(problemsOf(WHOLE)).toEqual([])
    const vector = Buffer.from(new Float32Array([0.5, -1]).buffer).toString("base64")
    const embedding = (vectors: unknown) => ({
      object: "list", model: "echo", data: [{ object: "embedding", index: 0, embedding: vectors }], usage: { prompt_tokens: 1, total_tokens: 1 },
    })
    expect(problemsOf(embedding(vector), "/v1/embeddings")).toEqual([])
    expect(problemsOf(embedding([0.5, "1"]), "/v1/embeddings")).not.toEqual([])
  })

  it.each([
    ["without refusal", { ...WHOLE, choices: [{ ...CHOICE, message: { role: "assistant", content: "hi" } }] }],
    ["without logprobs", { ...WHOLE, choices: [{ index: 0, message: MESSAGE, finish_reason: "stop" }] }],
    ["with a reason of its own", { ...WHOLE, choices: [{ ...CHOICE, finish_reason: "done" }] }],
    ["with milliseconds for seconds", { ...WHOLE, created: 1_795_638_226_000 }],
    ["with arguments that are no string", {
      ...WHOLE, choices: [{ ...CHOICE, message: { ...MESSAGE, tool_calls: [{ id: "call_1", type: "function", function: { name: "f", arguments: {} } }] } }],
    }],
  ])("%s is reported", (_, body) => {
    expect(problemsOf(body)).not.toEqual([])
  })

  it("of an error has all four keys and nothing beside them", () => {
    const error = { message: "no", type: "invalid_request_error", param: null, code: null }
    expect(problemsOf({ error }, "/v1/nothing", { status: 404 })).toEqual([])
    expect(problemsOf({ error: { ...error, param: undefined } }, "/v1/nothing", { status: 404 })).not.toEqual([])
    expect(problemsOf({ error, statusCode: 404 }, "/v1/nothing", { status: 404 })).not.toEqual([])
    expect(bodyProblems(exchange("/v1/x", "no", { status: 404, headers: new Headers({ "content-type": "text/html" }) }))).not.toEqual([])
  })

  it("of a route without a schema is reported", () => {
    expect(problemsOf({}, "/v1/nothing")).toEqual(["no schema is known for this route"])
  })
})

const chunk = (delta: object, finishReason: string | null = null, index = 0) => ({
  ...HEAD, object: "chat.completion.chunk", choices: [{ index, delta, logprobs: null, finish_reason: finishReason }],
})
const ROLE = chunk({ role: "assistant", content: "" })
const END = chunk({}, "stop")
const call = (more: object) => chunk({ tool_calls: [{ index: 0, ...more }] })
const CALL = call({ id: "call_1", type: "function", function: { name: "f", arguments: "" } })
const events = (...chunks: readonly object[]) => chunks.map((one) => `data: ${JSON.stringify(one)}\n\n`).join("")
const DONE = "data: [DONE]\n\n"

const streamProblems = (text: string, more: Partial<Exchange> = {}) =>
  bodyProblems(exchange("/v1/chat/completions", text, { headers: new Headers({ "content-type": "text/event-stream; charset=utf-8" }), ...more }))

describe("a stream", () => {
  it("that is as OpenAI's has no problem, to its end, cut off, or failed", () => {
    const usage = { ...HEAD, object: "chat.completion.chunk", choices: [], usage: USAGE }
    const failed = events({ error: { message: "lost", type: "server_error", param: null, code: null } })
    expect(streamProblems(events(ROLE, chunk({ content: "hi" }), END) + DONE)).toEqual([])
    expect(streamProblems(`${events(ROLE)}: ping\n${events(END, usage)}${DONE}`, { requestBody: '{"include_usage":true}' })).toEqual([])
    expect(streamProblems(events(ROLE, CALL, call({ function: { arguments: "{}" } }), chunk({}, "tool_calls")) + DONE)).toEqual([])
    expect(streamProblems(`${events(ROLE)}data: {"id"`, { complete: false })).toEqual([])
    expect(streamProblems(events(ROLE) + failed)).toEqual([])
  })

  it.each([
    ["without an end", events(ROLE, END)],
    ["that goes on after its end", events(ROLE, END) + DONE + events(END)],
    ["cut in an event", `${events(ROLE, END)}${DONE}data: {`],
    ["with two lines of data", `data: {}\ndata: {}\n\n${DONE}`],
    ["without a role", events(chunk({ content: "hi" }), END) + DONE],
    ["with a second role", events(ROLE, ROLE, END) + DONE],
    ["without a reason", events(ROLE) + DONE],
    ["with two reasons", events(ROLE, END, END) + DONE],
    ["with an empty reason", events(ROLE, chunk({}, "")) + DONE],
    ["with another id", events(ROLE, { ...END, id: "chatcmpl-2" }) + DONE],
    ["with usage unasked", events(ROLE, { ...END, usage: USAGE }) + DONE],
    ["with half a character", events(ROLE, chunk({ content: "\uFFFD" }), END) + DONE],
    ["with a call without an id", events(ROLE, call({ type: "function", function: { name: "f", arguments: "" } }), END) + DONE],
    ["with a call named again", events(ROLE, CALL, call({ function: { name: "", arguments: "{}" } }), END) + DONE],
  ])("%s is reported", (_, text) => {
    expect(streamProblems(text)).not.toEqual([])
  })

  it("without the usage that was asked for is reported", () => {
    expect(streamProblems(events(ROLE, END) + DONE, { requestBody: '{"include_usage":true}' })).not.toEqual([])
  })
})
