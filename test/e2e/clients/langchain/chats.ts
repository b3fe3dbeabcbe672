import { AIMessage, type AIMessageChunk, HumanMessage, SystemMessage } from "@langchain/core/messages"
import { describe, expect, it } from "vitest"
import { cancelledJob, LONG } from "../hung-up.ts"
import type { ChatClient } from "./chat-client.ts"

export const chats = ({ open, network, endedBy }: ChatClient): void => {
  describe("in a chat", () => {
    it("gets a message with usage and the reason of its end", async () => {
      const answer = await open().invoke("one two three")
      expect(answer.text).toBe("one two three")
      expect(answer.usage_metadata).toMatchObject({ input_tokens: 3, output_tokens: 3, total_tokens: 6 })
      expect(answer.response_metadata).toMatchObject(endedBy("stop"))
    })

    it("streams the same message, and its pieces add up to one with usage", async () => {
      let whole: AIMessageChunk | undefined
      for await (const chunk of await open({ streamUsage: true }).stream("Grüße 👩‍👩‍👧 日本語 one")) whole = whole?.concat(chunk) ?? chunk
      expect(whole?.text).toBe("Grüße 👩‍👩‍👧 日本語 one")
      expect(whole?.usage_metadata).toMatchObject({ input_tokens: 4, output_tokens: 4, total_tokens: 8 })
      expect(whole?.response_metadata).toMatchObject(endedBy("stop"))
    })

    it("holds a conversation of parts", async () => {
      const answer = await open().invoke([
        new SystemMessage("Be brief."), new HumanMessage("first"), new AIMessage("yes?"),
        new HumanMessage({ content: [{ type: "text", text: "one two" }, { type: "text", text: "three" }] }),
      ])
      expect(answer.text).toBe("one two\nthree")
    })

    it("is cut at a number of tokens", async () => {
      const cut = await open({ maxTokens: 2 }).invoke("one two three")
      expect([cut.text, cut.response_metadata]).toMatchObject(["one two ", endedBy("length")])
    })

    it("answers several questions at once", async () => {
      const answers = await open().batch(["one", "two", "three"])
      expect(answers.map(({ text }) => text)).toEqual(["one", "two", "three"])
    })

    it("hangs up in the middle of a stream, and the generation ends", async () => {
      const hangUp = new AbortController()
      const read = async (): Promise<void> => {
        for await (const chunk of await open({ maxTokens: LONG.max_tokens }).stream(LONG.content, { signal: hangUp.signal })) {
          if (chunk.text !== "") hangUp.abort()
        }
      }
      await expect(read()).rejects.toThrow(/abort/i)
      await cancelledJob(network)
    })
  })
}

/** The client sends them to the chats' route only. */
export const stopStrings = ({ open }: ChatClient): void => {
  it("is cut at a stop string", async () => {
    expect((await open({ stop: ["three"], temperature: 0 }).invoke("one two three")).text).toBe("one two ")
  })
}
