import OpenAI from "openai"
import { describe, expect, it } from "vitest"
import type { Sdk } from "./sdk.ts"

export const models = ({ open }: Sdk): void => {
  describe("asking for models", () => {
    it("lists them, page by page to an end", async () => {
      const ids: string[] = []
      for await (const model of open().models.list()) ids.push(model.id)
      expect(ids).toEqual(["echo"])
    })

    it("finds one by its name, and says of another that it is not there", async () => {
      expect(await open().models.retrieve("echo")).toMatchObject({ id: "echo", object: "model", owned_by: "resultity" })
      await expect(open().models.retrieve("some/other")).rejects.toThrow(OpenAI.NotFoundError)
    })
  })
}
