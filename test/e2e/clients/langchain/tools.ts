import { type AIMessageChunk, HumanMessage, ToolMessage } from "@langchain/core/messages"
import { tool } from "@langchain/core/tools"
import { describe, expect, it } from "vitest"
import { z } from "zod"
import type { ChatClient } from "./chat-client.ts"

const weather = tool(({ city }) => `sunny in <${city}>`, { name: "weather", description: "weather of a city", schema: z.object({ city: z.string() }) })
const clock = tool(({ zone }) => `noon in ${zone}`, { name: "clock", description: "time of a zone", schema: z.object({ zone: z.string() }) })

export const toolCalls = ({ open, endedBy }: ChatClient): void => {
  describe("with tools", () => {
    it("gets a call, gives the result back and gets the answer to it", async () => {
      const bound = open().bindTools([weather, clock])
      const question = new HumanMessage("call weather")
      const called = await bound.invoke([question])
      expect(called.tool_calls).toMatchObject([{ name: "weather", args: { city: expect.any(String) }, id: expect.stringMatching(/^call_./) }])
      expect(called.response_metadata).toMatchObject(endedBy("tool_calls"))
      const [call] = called.tool_calls ?? []
      if (call === undefined) throw new Error("there is no call")
      const result: unknown = await weather.invoke({ ...call, type: "tool_call" })
      if (!(result instanceof ToolMessage)) throw new Error("the tool gave no message")
      expect((await bound.invoke([question, called, result])).text).toContain("sunny in <")
    })

    it("puts streamed calls together", async () => {
      let whole: AIMessageChunk | undefined
      for await (const chunk of await open().bindTools([weather, clock]).stream("call weather clock")) whole = whole?.concat(chunk) ?? chunk
      expect(whole?.tool_calls?.map(({ name }) => name)).toEqual(["weather", "clock"])
      expect(whole?.invalid_tool_calls).toEqual([])
    })

    it("gets the call that it names, and one at most when it wants that", async () => {
      const named = await open().bindTools([weather, clock], { tool_choice: "clock" }).invoke("one")
      expect(named.tool_calls).toMatchObject([{ name: "clock" }])
      const single = await open().bindTools([weather, clock], { parallel_tool_calls: false }).invoke("call weather clock")
      expect(single.tool_calls).toHaveLength(1)
    })
  })

  describe("with a format", () => {
    const Person = z.object({ name: z.string(), age: z.number(), role: z.enum(["admin", "user"]) })

    it.each(["jsonSchema", "functionCalling", "jsonMode"] as const)("gets structured output by the method %s", async (method) => {
      const schema = method === "jsonMode" ? z.object({}) : Person
      const person = await open().withStructuredOutput(schema, { name: "person", method }).invoke("Who is Vera? Say it in JSON.")
      expect(schema.safeParse(person)).toMatchObject({ success: true })
    })

    it("gets it in a stream", async () => {
      let last: unknown
      for await (const part of await open().withStructuredOutput(Person, { name: "person", method: "jsonSchema" }).stream("Who?")) last = part
      expect(Person.safeParse(last)).toMatchObject({ success: true })
    })
  })
}

/** The client tells the chats' route only. */
export const requiredCalls = ({ open }: ChatClient): void => {
  it("gets the call that it requires", async () => {
    const any = await open().bindTools([weather, clock], { tool_choice: "any" }).invoke("one")
    expect(any.tool_calls).toHaveLength(1)
  })
}
