import { OpenAI, OpenAIEmbeddings } from "@langchain/openai"
import { describe, expect, it } from "vitest"
import type { Network } from "../network.ts"

export const otherTasks = (network: Network): void => {
  const settings = () => ({
    model: "echo", apiKey: network.apiKey, maxRetries: 0, configuration: { baseURL: network.baseURL, fetch: network.recorder.fetch },
  })

  describe("asking for embeddings", () => {
    it("gets one for each document, the same as for the same query", async () => {
      const embedder = new OpenAIEmbeddings(settings())
      const vectors = await embedder.embedDocuments(["one two", "three"])
      expect(vectors.map((vector) => vector.length)).toEqual([64, 64])
      expect(await embedder.embedQuery("three")).toEqual(vectors[1])
    })

    it("gets the same numbers in either encoding, and fewer where it wants", async () => {
      const [packed] = await new OpenAIEmbeddings(settings()).embedDocuments(["one"])
      const [plain] = await new OpenAIEmbeddings({ ...settings(), encodingFormat: "float" }).embedDocuments(["one"])
      expect([...(packed ?? [])]).toEqual(plain?.map(Math.fround))
      expect(await new OpenAIEmbeddings({ ...settings(), dimensions: 8 }).embedQuery("one")).toHaveLength(8)
    })
  })

  describe("in a text completion", () => {
    it("gets text, whole and streamed", async () => {
      const model = new OpenAI(settings())
      expect(await model.invoke("one two")).toBe("one two")
      let text = ""
      for await (const piece of await model.stream("one two")) text += piece
      expect(text).toBe("one two")
    })
  })
}
