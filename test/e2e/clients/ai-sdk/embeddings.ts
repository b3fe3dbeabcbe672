import { embed, embedMany, type EmbeddingModel } from "ai"
import { describe, expect, it } from "vitest"

export const embeddings = ({ model }: { readonly model: () => EmbeddingModel }): void => {
  describe("asking for embeddings", () => {
    it("gets one for each value, in order, and usage", async () => {
      const { embeddings: vectors, usage } = await embedMany({ model: model(), values: ["one two", "three", "four"] })
      expect(vectors.map((vector) => vector.length)).toEqual([64, 64, 64])
      expect(usage.tokens).toBe(4)
      expect((await embed({ model: model(), value: "three" })).embedding).toEqual(vectors[1])
    })
  })
}
