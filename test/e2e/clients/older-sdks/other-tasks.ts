import { describe, expect, it } from "vitest"
import type { OlderClient } from "./older-sdk.ts"

export const otherTasks = ({ open }: OlderClient): void => {
  describe("asking for other things than chats", () => {
    it("decodes embeddings to all of their numbers", async () => {
      const [vector, numbers] = [await open().embed("one two"), await open().embedInNumbers("one two")]
      expect(vector).toHaveLength(64)
      expect([...vector]).toEqual(numbers.map(Math.fround))
    })

    it("completes text, whole and streamed", async () => {
      expect(await open().complete("one two")).toEqual({ whole: "one two", streamed: "one two" })
    })
  })
}
