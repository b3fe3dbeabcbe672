import { describe, expect, it } from "vitest"
import { cancelledJob, LONG } from "../hung-up.ts"
import type { OlderClient } from "./older-sdk.ts"

const ask = (content: string) => ({ model: "echo", messages: [{ role: "user" as const, content }] })

export const chats = ({ open, network }: OlderClient): void => {
  describe("in a chat", () => {
    it("gets a whole answer, and the same in a stream", async () => {
      const whole = await open().chat(ask("Grüße 👩‍👩‍👧 日本語 one"))
      const streamed = await open().streamedChat(ask("Grüße 👩‍👩‍👧 日本語 one"))
      for (const { choices } of [whole, streamed]) {
        expect(choices).toMatchObject([{ message: { role: "assistant", content: "Grüße 👩‍👩‍👧 日本語 one" }, finish_reason: "stop" }])
      }
      expect(whole.usage).toMatchObject({ prompt_tokens: 4, completion_tokens: 4, total_tokens: 8 })
      expect(whole.usage).toMatchObject(streamed.usage ?? {})
    })

    it("leaves in the middle of a stream, and the generation ends", async () => {
      await open().leaveStream({ ...ask(LONG.content), max_tokens: LONG.max_tokens })
      await cancelledJob(network)
    })

    it("lists models", async () => {
      expect(await open().models()).toEqual(["echo"])
    })
  })

  describe("when something is wrong", () => {
    it("knows a wrong key, an unknown model and a bad request by status and code", async () => {
      await expect(open({ apiKey: "sk-wrong" }).chat(ask("one"))).rejects.toMatchObject({ status: 401, code: "invalid_api_key" })
      await expect(open().streamedChat({ ...ask("one"), model: "nowhere" })).rejects.toMatchObject({ status: 404, code: "model_not_found" })
      await expect(open().chat({ ...ask("one"), temperature: 3 })).rejects.toMatchObject({ status: 400, param: "temperature" })
    })

    it("does not ask again without credits", async () => {
      const apiKey = await network.newKey(1n)
      await expect(open({ apiKey, maxRetries: 2 }).chat(ask("one two"))).rejects.toMatchObject({ status: 429, code: "insufficient_quota" })
      expect(network.recorder.exchanges).toHaveLength(1)
    })
  })
}
