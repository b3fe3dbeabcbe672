import { describe, expect, it } from "vitest"
import { recordText } from "#domain/protocol/answer-text.ts"
import type { InferenceRequest } from "#domain/protocol/inference-request.ts"
import { stillToDo } from "#gateways/io/still-to-do.ts"

const vector = recordText({ type: "embedding", vector: "AACAPw==" })
const call = recordText({ type: "tool_call", call: { id: "call_1", name: "time", arguments: "{}" } })
const logprobs = recordText({ type: "logprobs", tokens: [] })
const chat: InferenceRequest = { task: "chat", messages: [], sampling: {} }

describe("a node that goes on with an answer", () => {
  it("gets the inputs that have no vector yet", () => {
    const request: InferenceRequest = { task: "embedding", inputs: ["a", "b", "c"], dimensions: 1 }
    expect(stillToDo(request, vector + vector)).toEqual({ request: { ...request, inputs: ["c"] }, deliveredText: "" })
    expect(stillToDo(request, "")).toEqual({ request, deliveredText: "" })
  })

  it("gets what was said and called, and no log probabilities", () => {
    expect(stillToDo(chat, `${logprobs}one ${logprobs}two${call}`)).toEqual({ request: chat, deliveredText: `one two${call}` })
    expect(stillToDo(chat, "one")).toEqual({ request: chat, deliveredText: "one" })
  })
})
