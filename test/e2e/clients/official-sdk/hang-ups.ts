import OpenAI from "openai"
import { describe, expect, it } from "vitest"
import { cancelledJob, LONG, untilWorking } from "../hung-up.ts"
import { ask, type Sdk } from "./sdk.ts"

const TIMEOUT_MS = 400
const LONG_ASK = { ...ask(LONG.content), max_tokens: LONG.max_tokens }

export const hangUps = ({ open, network }: Sdk): void => {
  describe("that hangs up", () => {
    it("in the middle of a stream has its generation cancelled", async () => {
      const { data, response } = await open().chat.completions.create({ ...LONG_ASK, stream: true }).withResponse()
      for await (const chunk of data) if (chunk.choices[0]?.delta.content) break
      expect((await cancelledJob(network)).jobId).toBe(response.headers.get("x-resultity-job-id"))
      expect(network.recorder.last.complete).toBe(false)
    })

    it("by its abort signal, before a whole answer is there, has it cancelled too", async () => {
      const hangUp = new AbortController()
      const asked = open().chat.completions.create(LONG_ASK, { signal: hangUp.signal })
      await untilWorking(network)
      hangUp.abort()
      await expect(asked).rejects.toThrow(OpenAI.APIUserAbortError)
      await cancelledJob(network)
    })

    it("by its own time limit is told so, and nothing goes on", async () => {
      const asked = open({ timeout: TIMEOUT_MS }).chat.completions.create(LONG_ASK)
      await expect(asked).rejects.toThrow(OpenAI.APIConnectionTimeoutError)
      await cancelledJob(network)
    })
  })
}
