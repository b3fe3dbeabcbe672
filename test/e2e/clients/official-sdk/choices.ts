import type OpenAI from "openai"
import { describe, expect, it } from "vitest"
import { ask, type Sdk } from "./sdk.ts"

const N = 3

export const choices = ({ open }: Sdk): void => {
  describe("with several choices", () => {
    it("gets as many as it wants, whole and streamed, and one usage for all", async () => {
      const whole = await open().chat.completions.create({ ...ask("one two"), n: N })
      const streamed = await open().chat.completions.stream({ ...ask("one two"), n: N, stream_options: { include_usage: true } }).finalChatCompletion()
      for (const answer of [whole, streamed]) {
        expect(answer.choices.map(({ index }) => index)).toEqual([0, 1, 2])
        expect(answer.choices.map(({ message }) => message.content)).toEqual(["one two", "one two", "one two"])
        expect(answer.usage).toMatchObject({ prompt_tokens: 2, completion_tokens: N * 2, total_tokens: 2 + N * 2 })
      }
    })

    it("is told that there can be no more than 128, and at least one", async () => {
      for (const n of [0, 129]) await expect(open().chat.completions.create({ ...ask("one"), n })).rejects.toMatchObject({ status: 400, param: "n" })
    })
  })

  describe("with log probabilities", () => {
    const checked = (content: string, logprobs: OpenAI.ChatCompletion.Choice.Logprobs | null | undefined): void => {
      const tokens = logprobs?.content ?? []
      expect(tokens.map(({ token }) => token).join("")).toBe(content)
      expect(Buffer.from(tokens.flatMap(({ bytes }) => bytes ?? [])).toString()).toBe(content)
      for (const { logprob, top_logprobs } of tokens) {
        expect(logprob).toBeLessThanOrEqual(0)
        expect(top_logprobs).toHaveLength(2)
      }
    }

    it("gets those of each token, whole and streamed, and as many alternatives as it wants", async () => {
      const request = { ...ask("Grüße 日本語 one"), logprobs: true, top_logprobs: 2 }
      const whole = await open().chat.completions.create(request)
      const streamed = await open().chat.completions.stream(request).finalChatCompletion()
      for (const { choices: [choice] } of [whole, streamed]) checked("Grüße 日本語 one", choice?.logprobs)
    })

    it("gets none without asking", async () => {
      const { choices: [choice] } = await open().chat.completions.create({ ...ask("one"), logprobs: false })
      expect(choice?.logprobs).toBeNull()
    })

    it("is told that alternatives need logprobs, and are 20 at most", async () => {
      for (const more of [{ top_logprobs: 2 }, { logprobs: true, top_logprobs: 21 }]) {
        await expect(open().chat.completions.create({ ...ask("one"), ...more })).rejects.toMatchObject({ status: 400, param: "top_logprobs" })
      }
    })
  })
}
