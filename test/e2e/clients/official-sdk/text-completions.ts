import type OpenAI from "openai"
import { describe, expect, it } from "vitest"
import type { Sdk } from "./sdk.ts"

const MODEL = { model: "echo" }

export const textCompletions = ({ open }: Sdk): void => {
  describe("in a text completion", () => {
    it("gets text, usage and the reason of its end, whole and streamed", async () => {
      const whole = await open().completions.create({ ...MODEL, prompt: "one two three" })
      expect(whole).toMatchObject({
        id: expect.stringMatching(/^cmpl-/), object: "text_completion",
        choices: [{ index: 0, text: "one two three", logprobs: null, finish_reason: "stop" }],
        usage: { prompt_tokens: 3, completion_tokens: 3, total_tokens: 6 },
      })
      const chunks: OpenAI.Completion[] = []
      const stream = await open().completions.create({ ...MODEL, prompt: "one two three", stream: true, stream_options: { include_usage: true } })
      for await (const chunk of stream) chunks.push(chunk)
      expect(chunks.map(({ choices: [choice] }) => choice?.text ?? "").join("")).toBe("one two three")
      expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { total_tokens: 6 } })
    })

    it("is 16 tokens long at most, unless it asks for more", async () => {
      const prompt = "word ".repeat(20)
      const short = await open().completions.create({ ...MODEL, prompt })
      expect([short.usage?.completion_tokens, short.choices[0]?.finish_reason]).toEqual([16, "length"])
      const long = await open().completions.create({ ...MODEL, prompt, max_tokens: 100 })
      expect([long.usage?.completion_tokens, long.choices[0]?.finish_reason]).toEqual([20, "stop"])
    })

    it("gets a choice for each of several prompts, by index", async () => {
      const { choices } = await open().completions.create({ ...MODEL, prompt: ["one", "two three"] })
      expect(choices.map(({ index, text }) => [index, text])).toEqual([[0, "one"], [1, "two three"]])
    })

    it("stops before a stop string, and may give the prompt back", async () => {
      const stopped = await open().completions.create({ ...MODEL, prompt: "one two three", stop: "three" })
      expect(stopped.choices[0]).toMatchObject({ text: "one two ", finish_reason: "stop" })
    })

    it("takes a prompt of tokens", async () => {
      const { choices } = await open().completions.create({ ...MODEL, prompt: [1, 2, 3] })
      expect(choices[0]?.text).toBe("t1 t2 t3")
    })
  })
}
