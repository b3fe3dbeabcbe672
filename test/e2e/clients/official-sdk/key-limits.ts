import OpenAI from "openai"
import { describe, expect, it } from "vitest"
import { ask, type Sdk } from "./sdk.ts"

const CREDITS = 1_000_000n

export const keyLimits = ({ open, network }: Sdk): void => {
  describe("with a limited key", () => {
    it("is told when it was too fast, waits as long as it is told, and gets all its answers", async () => {
      const apiKey = await network.newKey(CREDITS, "--requests-per-second", "1")
      const { chat } = open({ apiKey, maxRetries: 5 })
      const answers = await Promise.all(["one", "two", "three", "four"].map((word) => chat.completions.create(ask(word))))
      expect(answers.map(({ choices }) => choices[0]?.message.content)).toEqual(["one", "two", "three", "four"])
      const refused = network.recorder.exchanges.filter(({ status }) => status === 429)
      expect(refused.length).toBeGreaterThan(0)
      for (const { headers } of refused) {
        expect(Number(headers.get("retry-after"))).toBeGreaterThan(0)
        expect(headers.get("x-ratelimit-remaining-requests")).toBe("0")
      }
    })

    it("knows that it was too fast by the class of the error", async () => {
      const apiKey = await network.newKey(CREDITS, "--requests-per-second", "1")
      const asked = ["one", "two", "three", "four"].map((word) => open({ apiKey }).chat.completions.create(ask(word)))
      const failures = (await Promise.allSettled(asked)).flatMap((one) => (one.status === "rejected" ? [one.reason as unknown] : []))
      expect(failures.length).toBeGreaterThan(0)
      for (const failure of failures) {
        expect(failure).toBeInstanceOf(OpenAI.RateLimitError)
        expect(failure).toMatchObject({ code: "rate_limit_exceeded" })
      }
    })

    it("may spend no more in a day than it may, and does not ask again", async () => {
      const apiKey = await network.newKey(CREDITS, "--spend-per-day", "1")
      const asked = open({ apiKey, maxRetries: 2 }).chat.completions.create(ask("one two three"))
      await expect(asked).rejects.toMatchObject({ status: 429, code: "insufficient_quota" })
      expect(network.recorder.exchanges).toHaveLength(1)
    })

    it("may not ask models and endpoints that are not its own", async () => {
      const apiKey = await network.newKey(CREDITS, "--models", "other", "--endpoints", "/v1/chat/completions")
      await expect(open({ apiKey }).chat.completions.create(ask("one"))).rejects.toThrow(OpenAI.PermissionDeniedError)
      await expect(open({ apiKey }).embeddings.create({ model: "other", input: "one" })).rejects.toThrow(OpenAI.PermissionDeniedError)
    })
  })
}
