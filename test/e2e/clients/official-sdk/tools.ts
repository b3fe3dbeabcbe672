import type OpenAI from "openai"
import { describe, expect, it } from "vitest"
import { ask, type Sdk } from "./sdk.ts"

const tool = (name: string, property: string): OpenAI.ChatCompletionFunctionTool => ({
  type: "function",
  function: {
    name,
    description: `about ${property}`,
    parameters: { type: "object", properties: { [property]: { type: "string" } }, required: [property], additionalProperties: false },
  },
})
const WEATHER = tool("weather", "city")
const CLOCK = tool("clock", "zone")
const tools = [WEATHER, CLOCK]

type Message = OpenAI.ChatCompletionMessage

const namesOf = (message: Message | undefined): readonly string[] =>
  (message?.tool_calls ?? []).flatMap((call) => (call.type === "function" ? [call.function.name] : []))

const argumentsOf = (message: Message | undefined): readonly unknown[] =>
  (message?.tool_calls ?? []).flatMap((call) => (call.type === "function" ? [JSON.parse(call.function.arguments)] : []))

export const toolCalls = ({ open }: Sdk): void => {
  /** The same request whole and streamed. */
  const both = async (request: OpenAI.ChatCompletionCreateParamsNonStreaming): Promise<readonly OpenAI.ChatCompletion.Choice[]> => {
    const whole = await open().chat.completions.create(request)
    const streamed = await open().chat.completions.stream({ ...request, stream: true }).finalChatCompletion()
    return [whole, streamed].flatMap(({ choices }) => choices)
  }

  describe("with tools", () => {
    it("gets a call from a model that decides to make it, with an id and arguments as JSON text", async () => {
      for (const { message, finish_reason } of await both({ ...ask("call weather"), tools })) {
        expect(finish_reason).toBe("tool_calls")
        expect(message).toMatchObject({ role: "assistant", tool_calls: [{ id: expect.stringMatching(/^call_./), type: "function" }] })
        expect(namesOf(message)).toEqual(["weather"])
        expect(argumentsOf(message)).toEqual([{ city: expect.any(String) }])
      }
    })

    it("gets calls in parallel, each with an index and id of its own, and one at most when it wants that", async () => {
      for (const { message } of await both({ ...ask("call weather clock"), tools })) {
        expect(namesOf(message)).toEqual(["weather", "clock"])
        expect(new Set(message.tool_calls?.map(({ id }) => id)).size).toBe(2)
      }
      for (const { message } of await both({ ...ask("call weather clock"), tools, parallel_tool_calls: false })) {
        expect(namesOf(message)).toEqual(["weather"])
      }
    })

    it("gets words when the model decides against a call, or must not make one", async () => {
      for (const { message, finish_reason } of await both({ ...ask("one two"), tools })) {
        expect([message.content, message.tool_calls, finish_reason]).toEqual(["one two", undefined, "stop"])
      }
      for (const { message } of await both({ ...ask("call weather"), tools, tool_choice: "none" })) {
        expect([message.content, message.tool_calls]).toEqual(["call weather", undefined])
      }
    })

    it("gets a call for sure when it requires one, and the one that it names", async () => {
      for (const { message } of await both({ ...ask("one two"), tools, tool_choice: "required" })) expect(namesOf(message)).toHaveLength(1)
      const named = { type: "function" as const, function: { name: "clock" } }
      for (const { message } of await both({ ...ask("one two"), tools, tool_choice: named })) {
        expect(namesOf(message)).toEqual(["clock"])
        expect(argumentsOf(message)).toEqual([{ zone: expect.any(String) }])
      }
    })

    it("is told that a tool it names is not among the tools", async () => {
      const nowhere = { type: "function" as const, function: { name: "nowhere" } }
      await expect(open().chat.completions.create({ ...ask("one"), tools, tool_choice: nowhere })).rejects.toMatchObject({
        status: 400, param: expect.stringContaining("tool_choice"),
      })
    })

    it("gives the tool's result back and gets the answer to it", async () => {
      const { choices } = await open().chat.completions.create({ ...ask("call weather"), tools })
      const called = choices[0]?.message
      if (called === undefined) throw new Error("there is no choice")
      const result = { role: "tool" as const, tool_call_id: called.tool_calls?.[0]?.id ?? "", content: "sunny today" }
      for (const { message, finish_reason } of await both({ model: "echo", messages: [...ask("call weather").messages, called, result], tools })) {
        expect([message.content, finish_reason]).toEqual(["sunny today", "stop"])
      }
    })

    it("has the SDK run the tools to the last word, whole and streamed", async () => {
      const asked: unknown[] = []
      const runnable = {
        type: "function" as const,
        function: {
          name: "weather", description: "about cities", parse: JSON.parse, parameters: WEATHER.function.parameters ?? {},
          function: (given: unknown) => {
            asked.push(given)
            return "rain at noon"
          },
        },
      }
      const runner = open().chat.completions.runTools({ ...ask("call weather"), tools: [runnable] })
      expect(await runner.finalContent()).toBe("rain at noon")
      const streamed = open().chat.completions.runTools({ ...ask("call weather"), tools: [runnable], stream: true })
      expect(await streamed.finalContent()).toBe("rain at noon")
      expect(asked).toEqual([{ city: expect.any(String) }, { city: expect.any(String) }])
    })
  })
}
