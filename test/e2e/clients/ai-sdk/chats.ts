import { generateText, streamText, type ModelMessage } from "ai"
import { describe, expect, it } from "vitest"
import { cancelledJob, LONG, untilWorking } from "../hung-up.ts"
import type { ChatClient } from "./chat-client.ts"

export const chats = ({ model, network }: ChatClient): void => {
  describe("in a chat", () => {
    it("generates text, with usage and the reason of its end", async () => {
      const { text, finishReason, usage } = await generateText({ model: model(), prompt: "one two three" })
      expect({ text, finishReason }).toEqual({ text: "one two three", finishReason: "stop" })
      expect(usage).toMatchObject({ inputTokens: 3, outputTokens: 3, totalTokens: 6 })
    })

    it("streams the same text, and usage at its end", async () => {
      const result = streamText({ model: model(), prompt: "Grüße 👩‍👩‍👧 日本語 one" })
      let text = ""
      for await (const part of result.textStream) text += part
      expect(text).toBe("Grüße 👩‍👩‍👧 日本語 one")
      expect(await result.finishReason).toBe("stop")
      expect(await result.usage).toMatchObject({ inputTokens: 4, outputTokens: 4, totalTokens: 8 })
    })

    it("holds a conversation of parts", async () => {
      const messages: ModelMessage[] = [
        { role: "user", content: [{ type: "text", text: "first" }] },
        { role: "assistant", content: [{ type: "text", text: "yes?" }] },
        { role: "user", content: [{ type: "text", text: "one two" }, { type: "text", text: "three" }] },
      ]
      const { text } = await generateText({ model: model(), instructions: "Be brief.", messages })
      expect(text).toBe("one two\nthree")
    })

    it("is cut at a number of tokens", async () => {
      const cut = await generateText({ model: model(), prompt: "one two three", maxOutputTokens: 2 })
      expect([cut.text, cut.finishReason]).toEqual(["one two ", "length"])
    })

    it("hangs up in the middle of a stream, and the generation ends", async () => {
      const hangUp = new AbortController()
      const { textStream } = streamText({
        model: model(), prompt: LONG.content, maxOutputTokens: LONG.max_tokens, abortSignal: hangUp.signal, onError: () => {},
      })
      for await (const text of textStream) if (text !== "") hangUp.abort()
      await cancelledJob(network)
    })

    it("hangs up while it waits for a whole answer, and the generation ends", async () => {
      const hangUp = new AbortController()
      const asked = generateText({ model: model(), prompt: LONG.content, maxOutputTokens: LONG.max_tokens, abortSignal: hangUp.signal })
      await untilWorking(network)
      hangUp.abort()
      await expect(asked).rejects.toThrow(/abort/)
      await cancelledJob(network)
    })
  })
}

/** Not for the client's default route: it warns and leaves them out. */
export const stopStrings = ({ model }: ChatClient): void => {
  it("is cut at a stop string", async () => {
    const stopped = streamText({ model: model(), prompt: "one two three", stopSequences: ["three"], temperature: 0, seed: 1 })
    expect([await stopped.text, await stopped.finishReason]).toEqual(["one two ", "stop"])
  })
}
