import { APICallError, generateText, RetryError, streamText } from "ai"
import { describe, expect, it } from "vitest"
import type { ChatClient } from "./chat-client.ts"

const failureOf = async (asked: PromiseLike<unknown>): Promise<APICallError> => {
  const failure = await Promise.resolve(asked).then(() => null, (error: unknown) => error)
  const last = RetryError.isInstance(failure) ? failure.lastError : failure
  if (APICallError.isInstance(last)) return last
  throw new Error(`this is no APICallError: ${String(failure)}`)
}

export const failures = ({ model, network }: ChatClient): void => {
  describe("when something is wrong", () => {
    it("shows the server's own words about a wrong key and an unknown model, and does not retry", async () => {
      const wrongKey = await failureOf(generateText({ model: model("echo", "sk-wrong"), prompt: "one" }))
      expect(wrongKey).toMatchObject({ statusCode: 401, isRetryable: false, message: expect.stringMatching(/key/i) })
      const unknown = await failureOf(generateText({ model: model("nowhere"), prompt: "one" }))
      expect(unknown).toMatchObject({ statusCode: 404, isRetryable: false, message: expect.stringContaining("nowhere") })
      expect(network.recorder.exchanges).toHaveLength(2)
    })

    it("shows them in a stream too", async () => {
      const errors: unknown[] = []
      const { fullStream } = streamText({ model: model("nowhere"), prompt: "one", onError: () => {} })
      for await (const part of fullStream) if (part.type === "error") errors.push(part.error)
      expect(errors).toEqual([expect.objectContaining({ statusCode: 404, message: expect.stringContaining("nowhere") })])
    })

    it("waits when it was too fast, and gets all its answers", async () => {
      const apiKey = await network.newKey(1_000_000n, "--requests-per-second", "1")
      const asked = ["one", "two", "three"].map((prompt) => generateText({ model: model("echo", apiKey), prompt, maxRetries: 5 }))
      expect((await Promise.all(asked)).map(({ text }) => text)).toEqual(["one", "two", "three"])
      expect(network.recorder.exchanges.map(({ status }) => status)).toContain(429)
    })

    it("shows that the prompt is too long", async () => {
      const tooLong = await failureOf(generateText({ model: model(), prompt: "word ".repeat(9_000) }))
      expect(tooLong).toMatchObject({ statusCode: 400, isRetryable: false, message: expect.stringContaining("maximum context length") })
    })
  })
}
