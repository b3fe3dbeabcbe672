import { generateText, type LanguageModel, streamText } from "ai"
import { describe, expect, it } from "vitest"

export const textCompletions = ({ model }: { readonly model: () => LanguageModel }): void => {
  describe("in a text completion", () => {
    it("gets text, usage and the reason of its end, whole and streamed", async () => {
      const whole = await generateText({ model: model(), prompt: "one two" })
      expect(whole.text).toContain("one two")
      expect(whole.finishReason).toBe("stop")
      const streamed = streamText({ model: model(), prompt: "one two" })
      expect([await streamed.text, await streamed.finishReason]).toEqual([whole.text, "stop"])
      expect((await streamed.usage).totalTokens).toBe(whole.usage.totalTokens)
    })
  })
}
