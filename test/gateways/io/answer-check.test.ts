import { describe, expect, it } from "vitest"
import { recordText } from "#domain/protocol/answer-text.ts"
import type { FinishReason } from "#domain/job/index.ts"
import type { ChatTask, EmbeddingTask, InferenceRequest } from "#domain/protocol/inference-request.ts"
import { AnswerCheck } from "#gateways/io/answer-check.ts"

const chat: ChatTask = { task: "chat", messages: [{ role: "user", content: "hi" }], sampling: {} }
const withTools: ChatTask = { ...chat, tools: [{ name: "weather" }, { name: "time" }] }
const embed: EmbeddingTask = { task: "embedding", inputs: ["a", "b"] }

const call = (name: string, args = "{}") => recordText({ type: "tool_call", call: { id: "call_1", name, arguments: args } })
const vector = (...numbers: readonly number[]) => {
  const bytes = Buffer.alloc(numbers.length * 4)
  for (const [index, number] of numbers.entries()) bytes.writeFloatLE(number, index * 4)
  return recordText({ type: "embedding", vector: bytes.toString("base64") })
}

/** What the network says to an answer that comes in these parts. */
const verdict = (request: InferenceRequest, parts: readonly string[], finishReason: FinishReason = "stop", delivered = ""): string => {
  const check = new AnswerCheck(request, delivered)
  try {
    for (const part of parts) check.take(part)
    check.end(finishReason)
    return "right"
  } catch (cause) {
    return cause instanceof Error ? cause.message : expect.unreachable()
  }
}

describe("an answer that a node sends", () => {
  it("has a vector of unit length for each input, and nothing else", () => {
    expect(verdict(embed, [vector(0.6, 0.8) + vector(1, 0)])).toBe("right")
    expect(verdict(embed, [vector(0.6, 0.8), vector(1, 0)])).toBe("right")
    expect(verdict(embed, [vector(1, 0)], "stop", vector(0.6, 0.8))).toBe("right")
    expect(verdict(embed, [vector(1, 0)])).toContain("1 vectors for 2 inputs")
    expect(verdict(embed, [vector(1, 0), vector(1, 0), vector(1, 0)])).toContain("more vectors")
    expect(verdict(embed, [vector(1, 0), vector(0.6, 0.9)])).toContain("unit length")
    expect(verdict(embed, [vector(1, 0), vector(NaN, 1)])).toContain("unit length")
    expect(verdict(embed, [vector(1, 0), vector(1, 0, 0)])).toContain("3 numbers where 2")
    expect(verdict(embed, [vector(1, 0), "and so on"])).toContain("text")
    expect(verdict({ ...embed, dimensions: 3 }, [vector(1, 0)])).toContain("2 numbers where 3")
    expect(verdict(embed, [recordText({ type: "embedding", vector: "AACAPw=" })])).toContain("0 numbers")
    expect(verdict(chat, [vector(1, 0)])).toContain("nobody asked")
  })

  it("calls tools that were offered, with arguments that are an object", () => {
    expect(verdict(withTools, ["Let me see. ", call("weather", `{"city":"Rome"}`) + call("time")], "tool_calls")).toBe("right")
    expect(verdict(withTools, [call("weather_")], "tool_calls")).toContain("not offered")
    expect(verdict(chat, [call("weather")], "tool_calls")).toContain("not offered")
    for (const args of ["{", "", "[]", "null", `"x"`]) expect(verdict(withTools, [call("weather", args)], "tool_calls")).toContain("no JSON object")
  })

  it("calls as the choice of tools says", () => {
    const named: ChatTask = { ...withTools, toolChoice: { name: "time" } }
    expect(verdict(named, [call("time")], "tool_calls")).toBe("right")
    expect(verdict(named, [call("weather")], "tool_calls")).toContain("another tool")
    expect(verdict(named, ["no"], "stop")).toContain("no tool was called")
    expect(verdict({ ...withTools, toolChoice: "required" }, ["no"], "length")).toBe("right")
    expect(verdict({ ...withTools, parallelToolCalls: false }, [call("time") + call("time")], "tool_calls")).toContain("2 tool calls")
    expect(verdict(withTools, [call("time")], "stop")).toContain("after 1 tool calls")
    expect(verdict(withTools, ["no"], "tool_calls")).toContain("after 0 tool calls")
    expect(verdict(withTools, [], "tool_calls", call("time"))).toBe("right")
  })

  it("has records that are whole, and are records", () => {
    const whole = call("time")
    expect(verdict(withTools, [whole.slice(0, 20), whole.slice(20)], "tool_calls")).toContain("cut")
    expect(verdict(withTools, ["\u001e{}\n"])).toContain("none")
    expect(verdict(withTools, [`\u001e{"type":"else"}\n`])).toContain("none")
  })

  it("gives at most as many alternatives as were asked for", () => {
    const token = { token: "a", bytes: [97], logprob: -1 }
    const said = `${recordText({ type: "logprobs", tokens: [{ ...token, top: [token, token] }] })}a`
    expect(verdict({ ...chat, sampling: { top_logprobs: 2 } }, [said])).toBe("right")
    expect(verdict({ ...chat, sampling: { top_logprobs: 1 } }, [said])).toContain("more than 1")
    expect(verdict(chat, [said])).toContain("nobody asked")
  })
})
