import { generateText, isStepCount, streamText, tool } from "ai"
import { describe, expect, it } from "vitest"
import { z } from "zod"
import type { ChatClient } from "./chat-client.ts"

const weather = tool({
  description: "weather of a city",
  inputSchema: z.object({ city: z.string() }),
  execute: async ({ city }) => `sunny in <${city}>`,
})
const clock = tool({ description: "time of a zone", inputSchema: z.object({ zone: z.enum(["utc", "cet"]) }), execute: async ({ zone }) => `noon in ${zone}` })

export const toolCalls = ({ model }: ChatClient): void => {
  describe("with tools", () => {
    it("runs them and goes on to the answer, whole and streamed", async () => {
      const run = { model: model(), prompt: "call weather", tools: { weather }, stopWhen: isStepCount(3) }
      const whole = await generateText(run)
      const streamed = streamText(run)
      for (const { text, steps } of [whole, { text: await streamed.text, steps: await streamed.steps }]) {
        expect(text).toContain("sunny in <")
        expect(steps.map(({ finishReason }) => finishReason)).toEqual(["tool-calls", "stop"])
        expect(steps[0]?.toolCalls).toMatchObject([{ toolName: "weather", input: { city: expect.any(String) } }])
      }
    })

    it("gets calls in parallel", async () => {
      const { toolCalls } = await generateText({ model: model(), prompt: "call weather clock", tools: { weather, clock } })
      expect(toolCalls.map(({ toolName }) => toolName)).toEqual(["weather", "clock"])
    })

    it("gets the call that it requires or names, and none where it wants none", async () => {
      const ask = { model: model(), prompt: "one two", tools: { weather, clock } }
      expect((await generateText({ ...ask, toolChoice: "required" })).toolCalls).toHaveLength(1)
      const streamed = streamText({ ...ask, toolChoice: { type: "tool", toolName: "clock" } })
      expect(await streamed.toolCalls).toMatchObject([{ toolName: "clock", input: { zone: expect.stringMatching(/^(utc|cet)$/) } }])
      expect((await generateText({ ...ask, prompt: "call clock", toolChoice: "none" })).toolCalls).toEqual([])
    })
  })
}
