import { describe, expect, it } from "vitest"
import type { Sdk } from "./sdk.ts"

/** Of the echo engine. */
const DIMENSIONS = 64

const lengthOf = (vector: readonly number[]): number => Math.hypot(...vector)

export const embeddings = ({ open, network }: Sdk): void => {
  const embed = (input: string | string[], more: { encoding_format?: "float" | "base64"; dimensions?: number } = {}) =>
    open().embeddings.create({ model: "echo", input, ...more })

  describe("asking for embeddings", () => {
    it("gets vectors of the right length in the form that it asks for by itself, equal to those in numbers", async () => {
      const [decoded, plain] = [await embed("one two"), await embed("one two", { encoding_format: "float" })]
      const sent = network.recorder.exchanges.map(({ text }) => (JSON.parse(text) as { data: { embedding: unknown }[] }).data[0]?.embedding)
      expect(sent).toEqual([expect.any(String), expect.any(Array)])
      const [vector, numbers] = [[...(decoded.data[0]?.embedding ?? [])], plain.data[0]?.embedding ?? []]
      expect(vector).toHaveLength(DIMENSIONS)
      expect(vector).toEqual(numbers.map(Math.fround))
      expect(lengthOf(vector)).toBeCloseTo(1, 5)
      expect(decoded.usage).toEqual(expect.objectContaining({ prompt_tokens: 2, total_tokens: 2 }))
    })

    it("gets one for each of many inputs, in order, each as if it were asked alone", async () => {
      const inputs = Array.from({ length: 100 }, (_, index) => `input ${index}`)
      const { data } = await embed(inputs)
      expect(data.map(({ index }) => index)).toEqual(inputs.map((_, index) => index))
      expect(data[42]?.embedding).toEqual((await embed("input 42")).data[0]?.embedding)
      expect(new Set(data.map(({ embedding }) => embedding.join())).size).toBe(inputs.length)
    })

    it("may shorten them, and they keep unit length", async () => {
      const vector = [...((await embed("one", { dimensions: 8 })).data[0]?.embedding ?? [])]
      expect(vector).toHaveLength(8)
      expect(lengthOf(vector)).toBeCloseTo(1, 5)
    })

    it("is told about an empty input", async () => {
      for (const input of ["", [], [""]]) await expect(embed(input)).rejects.toMatchObject({ status: 400, param: expect.stringMatching(/^input/) })
    })
  })
}
