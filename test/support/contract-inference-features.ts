import { expect, it } from "vitest"
import { saidText } from "#domain/protocol/answer-text.ts"
import type { ChatTask, Tool } from "#domain/protocol/inference-request.ts"
import { answerOf, answerTo, ask, chat, type Engine, expectRefused, generationOf, records } from "#test/support/asking-engines.ts"

const CHOICE = { type: "object", properties: { yes: { type: "boolean" }, why: { enum: ["a", "b"] } }, required: ["yes", "why"], additionalProperties: false }
const TOOLS: readonly Tool[] = [{ name: "answer", parameters: CHOICE }, { name: "stop" }]

export const formatRules = (engine: Engine, question: string): void => {
  it("answers in JSON of the schema, whatever was asked", async () => {
    const schema = {
      type: "object",
      properties: {
        kind: { $ref: "#/$defs/kind" },
        maybe: { anyOf: [{ type: "null" }, { type: "boolean" }] },
        list: { type: "array", items: { type: "boolean" }, minItems: 2, maxItems: 2 },
        inner: { type: "object", properties: { n: { type: "integer", minimum: 7, maximum: 9 } }, required: ["n"], additionalProperties: false },
      },
      required: ["kind", "maybe", "list", "inner"],
      additionalProperties: false,
      $defs: { kind: { enum: ["red", "green"] } },
    }
    const { said, generated } = await answerTo(engine(), chat(question, { format: { type: "json_schema", schema } }))
    expect(generated.finishReason).toBe("stop")
    const value = JSON.parse(said)
    expect(Object.keys(value)).toEqual(["kind", "maybe", "list", "inner"])
    expect(["red", "green"]).toContain(value.kind)
    expect([null, true, false]).toContain(value.maybe)
    expect(value.list.map((item: unknown) => typeof item)).toEqual(["boolean", "boolean"])
    expect([7, 8, 9]).toContain(value.inner.n)
  })

  it("answers with a JSON object and nothing around it", async () => {
    const { said } = await answerTo(engine(), chat(question, { format: { type: "json_object" } }))
    expect(said.trimStart().startsWith("{")).toBe(true)
  })

  it("goes on under the schema where an answer was cut", async () => {
    const request = chat(question, { format: { type: "json_schema", schema: CHOICE } })
    const { said } = await answerTo(engine(), request)
    for (let cut = 1; cut <= said.length; cut += 3) {
      const rest = await answerTo(engine(), request, said.slice(0, cut))
      expect(Object.keys(JSON.parse(said.slice(0, cut) + rest.said))).toEqual(["yes", "why"])
    }
  })

  it.each([
    ["pattern", { type: "object", properties: { x: { type: "string", pattern: "^a$" } } }, "response_format.properties.x: \"pattern\""],
    ["not", { not: { type: "string" } }, `response_format: "not"`],
    ["a reference to nothing", { $ref: "#/$defs/nowhere" }, `response_format: "$ref"`],
    ["several schemas at once", { allOf: [{ type: "string" }, { type: "string" }] }, `response_format: "allOf"`],
  ] as const)("refuses a schema with %s, and says where", async (_, schema, message) => {
    await expectRefused(engine(), chat(question, { format: { type: "json_schema", schema } }), message)
  })
}

export const toolRules = (engine: Engine, question: string): void => {
  const calls = async (request: ChatTask, deliveredText = "") => {
    const answer = await answerTo(engine(), request, deliveredText)
    return { ...answer, calls: records(answer.text, "tool_call").map(({ call }) => call) }
  }

  it("calls a tool when it must, with arguments of its schema, all in one piece", async () => {
    const answer = await calls(chat(question, { tools: TOOLS, toolChoice: "required" }))
    expect(answer.generated.finishReason).toBe("tool_calls")
    expect(answer.calls.length).toBeGreaterThanOrEqual(1)
    expect(answer.pieces.filter(({ text }) => text.includes("\u001e"))).toHaveLength(1)
    expect(answer.said).toBe("")
    for (const { id, name, arguments: json } of answer.calls) {
      expect(id).toMatch(/^call_[0-9a-z]{20,}$/)
      expect(Object.keys(JSON.parse(json))).toEqual(name === "answer" ? ["yes", "why"] : [])
    }
  })

  it("calls the named tool, once", async () => {
    const answer = await calls(chat(question, { tools: TOOLS, toolChoice: { name: "answer" } }))
    expect(answer.calls).toHaveLength(1)
    expect(answer.calls[0]?.name).toBe("answer")
    expect(typeof JSON.parse(answer.calls[0]?.arguments ?? "").yes).toBe("boolean")
    await expectRefused(engine(), chat(question, { tools: TOOLS, toolChoice: { name: "other" } }), "tool_choice")
  })

  it("is done when its calls are delivered", async () => {
    const request = chat(question, { tools: TOOLS, toolChoice: { name: "answer" } })
    const { text, generated } = await calls(request)
    const rest = await answerTo(engine(), request, text)
    expect(rest.text).toBe("")
    expect(rest.generated).toEqual({ ...generated, completionTokens: 0 })
  })

  it("says nothing of a call for which there is no room, and does not bill it", async () => {
    const { generated, text } = await answerOf(engine(), generationOf(chat(question, { tools: TOOLS, toolChoice: "required" }), "", 1))
    expect(text).toBe("")
    expect(generated).toMatchObject({ finishReason: "length", completionTokens: 0 })
  })

  it("answers without a call when it may, and goes on after the results of calls", async () => {
    const tools = TOOLS.slice(1)
    const { said, generated } = await answerTo(engine(), chat("Hi", { tools }), "", 8)
    expect(said).not.toBe("")
    expect(["stop", "length"]).toContain(generated.finishReason)
    const messages: ChatTask["messages"] = [
      ...ask("Hi"),
      { role: "assistant", content: "", toolCalls: [{ id: "a", name: "stop", arguments: "{}" }] },
      { role: "tool", toolCallId: "a", content: `{"stopped":true}` },
    ]
    const after = await answerTo(engine(), { ...chat("", { tools }), messages }, "", 8)
    expect(after.said).not.toBe("")
  })

  it("refuses a tool whose arguments cannot be enforced, and says where", async () => {
    const odd: Tool = { name: "odd", parameters: { type: "object", properties: { x: { type: "string", pattern: "a" } } } }
    await expectRefused(engine(), chat(question, { tools: [...TOOLS, odd] }), `tools.odd.parameters.properties.x: "pattern"`)
    await expectRefused(engine(), chat(question, { tools: [{ name: "odd", parameters: { type: "string" } }] }), "tools.odd.parameters: must describe an object")
  })
}

export const logprobRules = (engine: Engine, question: string): void => {
  const choices = (text: string) => records(text, "logprobs").flatMap(({ tokens }) => tokens)
  const bytesOf = (text: string) => choices(text).flatMap(({ bytes }) => bytes)

  it.each([0, 1.3])("gives each token of the answer its log probability and alternatives, at temperature %d", async (temperature) => {
    const request = chat(question, { sampling: { temperature, seed: 7, top_logprobs: 3 } })
    const { text, said, generated } = await answerTo(engine(), request, "", 30)
    expect(Buffer.from(bytesOf(text)).toString()).toBe(said)
    expect(choices(text)).toHaveLength(generated.completionTokens)
    for (const { logprob, top } of choices(text)) {
      expect(logprob).toBeLessThanOrEqual(0)
      expect(top).toHaveLength(3)
      expect(top.map((one) => one.logprob)).toEqual(top.map((one) => one.logprob).toSorted((a, b) => b - a))
      if (temperature === 0) expect(top[0]?.logprob).toBe(logprob)
    }
  })

  it("gives none beside them when none are wanted, and says the same as without", async () => {
    const plain = await answerTo(engine(), chat(question))
    const { text, said, generated } = await answerTo(engine(), chat(question, { sampling: { temperature: 0, top_logprobs: 0 } }))
    expect(said).toBe(plain.said)
    expect(generated).toEqual(plain.generated)
    expect(choices(text).every(({ top }) => top.length === 0)).toBe(true)
  })

  it("gives them for just the text that is said before a stop string", async () => {
    const { said: whole } = await answerTo(engine(), chat(question))
    for (const [from, length] of [[10, 1], [21, 9], [31, 2]] as const) {
      const stop = [whole.slice(from, from + length), "never"]
      const { text, said } = await answerTo(engine(), chat(question, { sampling: { temperature: 0, top_logprobs: 2, stop } }))
      expect(said).toBe(whole.slice(0, whole.indexOf(stop[0] ?? "")))
      expect(Buffer.from(bytesOf(text)).toString()).toBe(said)
    }
  })

  it("goes on after an answer that holds some", async () => {
    const request = chat(question, { sampling: { temperature: 0, top_logprobs: 1 } })
    const { said: whole } = await answerTo(engine(), request)
    const { text: begun } = await answerTo(engine(), request, "", 9)
    const rest = await answerTo(engine(), request, begun)
    expect(saidText(begun) + rest.said).toBe(whole)
  })

  it("refuses a bias for a token that the model does not have", async () => {
    await expectRefused(engine(), chat(question, { sampling: { logit_bias: { 999999999: 1 } } }), "logit_bias")
    await expectRefused(engine(), { task: "completion", prompt: "a", sampling: { logit_bias: { "-1": 1 } } }, "logit_bias")
  })
}
