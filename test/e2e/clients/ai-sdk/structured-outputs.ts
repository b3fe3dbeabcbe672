import { generateText, Output, streamText } from "ai"
import { describe, expect, it } from "vitest"
import { z } from "zod"
import type { ChatClient } from "./chat-client.ts"

const Recipe = z.object({ name: z.string(), minutes: z.number(), steps: z.array(z.string()), spice: z.enum(["mild", "hot"]).nullable() })

export const structuredOutputs = ({ model }: ChatClient): void => {
  describe("with a format", () => {
    it("gets an object of its schema, whole and streamed", async () => {
      const ask = { model: model(), prompt: "A recipe.", output: Output.object({ schema: Recipe }) }
      const whole = await generateText(ask)
      expect(Recipe.parse(whole.output)).toEqual(whole.output)
      expect(await streamText(ask).output).toEqual(whole.output)
    })

    it("gets a list, a choice, and any JSON", async () => {
      const list = await generateText({ model: model(), prompt: "Numbers.", output: Output.array({ element: z.object({ n: z.number() }) }) })
      expect(list.output).toBeInstanceOf(Array)
      const choice = await generateText({ model: model(), prompt: "Which?", output: Output.choice({ options: ["left", "right"] }) })
      expect(["left", "right"]).toContain(choice.output)
      const json = await generateText({ model: model(), prompt: "JSON.", output: Output.json() })
      expect(json.output).toBeTypeOf("object")
    })
  })
}
