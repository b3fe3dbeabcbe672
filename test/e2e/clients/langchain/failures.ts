import { describe, expect, it } from "vitest"
import type { ChatClient } from "./chat-client.ts"

const failureOf = (asked: Promise<unknown>): Promise<unknown> => asked.then(() => null, (error: unknown) => error)

export const failures = ({ open, network }: ChatClient): void => {
  describe("when something is wrong", () => {
    it("knows a wrong key and an unknown model by its own codes, and does not retry", async () => {
      const wrongKey = await failureOf(open({ apiKey: "sk-wrong", maxRetries: 2 }).invoke("one"))
      expect(wrongKey).toMatchObject({ status: 401, lc_error_code: "MODEL_AUTHENTICATION" })
      const unknown = await failureOf(open({ model: "nowhere", maxRetries: 2 }).invoke("one"))
      expect(unknown).toMatchObject({ status: 404, lc_error_code: "MODEL_NOT_FOUND" })
      expect(network.recorder.exchanges).toHaveLength(2)
    })

    it("recognises that the prompt is too long, by the words", async () => {
      const tooLong = await failureOf(open().invoke("word ".repeat(9_000)))
      expect(tooLong).toMatchObject({ name: "ContextOverflowError" })
    })

    it("does not ask again without credits", async () => {
      const apiKey = await network.newKey(1n)
      const poor = await failureOf(open({ apiKey, maxRetries: 2 }).invoke("one two three"))
      expect(poor).toMatchObject({ status: 429, code: "insufficient_quota" })
      expect(network.recorder.exchanges).toHaveLength(1)
    })
  })
}
