import { HumanMessage } from "@langchain/core/messages"
import { describe, expect, it } from "vitest"
import type { ChatClient } from "./chat-client.ts"

export const choices = ({ open }: ChatClient): void => {
  describe("with more than words", () => {
    it("gets several generations of one question", async () => {
      const { generations: [ofQuestion] } = await open({ n: 3 }).generate([[new HumanMessage("one two")]])
      expect(ofQuestion?.map(({ text }) => text)).toEqual(["one two", "one two", "one two"])
    })

    it("gets log probabilities", async () => {
      const answer = await open({ logprobs: true, topLogprobs: 2 }).invoke("one two")
      const { content } = answer.response_metadata["logprobs"] as { readonly content: readonly { readonly token: string }[] }
      expect(content.map(({ token }) => token).join("")).toBe("one two")
    })
  })
}
