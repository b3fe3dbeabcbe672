import OpenAI from "openai"
import { describe, expect, it } from "vitest"
import { ask, type Sdk } from "./sdk.ts"

const MANY_WORDS = "word ".repeat(9_000)

const failureOf = async (asked: PromiseLike<unknown>): Promise<InstanceType<typeof OpenAI.APIError>> => {
  const failure = await Promise.resolve(asked).then(() => null, (error: unknown) => error)
  if (failure instanceof OpenAI.APIError) return failure
  throw new Error(`this is no APIError: ${String(failure)}`)
}

export const failures = ({ open, network }: Sdk): void => {
  describe("when something is wrong", () => {
    it("knows a wrong key, whole and streamed, by its class and code", async () => {
      const { chat } = open({ apiKey: "sk-wrong" })
      for (const stream of [false, true]) {
        const failure = await failureOf(chat.completions.create({ ...ask("one"), stream }))
        expect(failure).toBeInstanceOf(OpenAI.AuthenticationError)
        expect(failure).toMatchObject({ status: 401, code: "invalid_api_key", type: "invalid_request_error" })
        expect(failure.requestID).toMatch(/^req_/)
      }
    })

    it("knows an unknown model", async () => {
      const failure = await failureOf(open().chat.completions.create({ ...ask("one"), model: "gpt-nowhere" }))
      expect(failure).toBeInstanceOf(OpenAI.NotFoundError)
      expect(failure).toMatchObject({ code: "model_not_found", param: "model" })
    })

    it("knows a bad request, and which parameter it was", async () => {
      const failure = await failureOf(open().chat.completions.create({ ...ask("one"), temperature: 3 }))
      expect(failure).toBeInstanceOf(OpenAI.BadRequestError)
      expect(failure).toMatchObject({ type: "invalid_request_error", param: "temperature" })
    })

    it("knows a prompt that is too long", async () => {
      const failure = await failureOf(open().chat.completions.create(ask(MANY_WORDS)))
      expect(failure).toBeInstanceOf(OpenAI.BadRequestError)
      expect(failure).toMatchObject({ code: "context_length_exceeded", param: "messages", message: expect.stringContaining("maximum context length") })
    })

    it("does not ask again without credits, though it retries", async () => {
      const apiKey = await network.newKey(1n)
      const failure = await failureOf(open({ apiKey, maxRetries: 2 }).chat.completions.create(ask("one two three")))
      expect(failure).toBeInstanceOf(OpenAI.RateLimitError)
      expect(failure).toMatchObject({ code: "insufficient_quota", type: "insufficient_quota" })
      expect(network.recorder.exchanges).toHaveLength(1)
    })

    it("knows a route that there is not", async () => {
      const failure = await failureOf(open().post("/nothing/here", { body: {} }))
      expect(failure).toBeInstanceOf(OpenAI.NotFoundError)
    })
  })
}
