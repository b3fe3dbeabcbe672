import { describe, expect, it } from "vitest"
import { ask, type Sdk } from "./sdk.ts"

const refused = (param: string) => ({ status: 400, type: "invalid_request_error", param: expect.stringContaining(param) })

export const modelLimits = ({ open }: Sdk): void => {
  describe("asking for what the model cannot do", () => {
    it("is told which parameter it was: a schema that no grammar enforces", async () => {
      const schema = { type: "nonsense" }
      const response_format = { type: "json_schema" as const, json_schema: { name: "x", schema } }
      await expect(open().chat.completions.create({ ...ask("one"), response_format })).rejects.toMatchObject(refused("response_format"))
      const tools = [{ type: "function" as const, function: { name: "f", parameters: schema } }]
      await expect(open().chat.completions.create({ ...ask("one"), tools })).rejects.toMatchObject(refused("tools"))
    })

    it("is told which parameter it was: more dimensions than there are, a token that there is not", async () => {
      const asked = open().embeddings.create({ model: "echo", input: "one", dimensions: 65 })
      await expect(asked).rejects.toMatchObject(refused("dimensions"))
      await expect(open().chat.completions.create({ ...ask("one"), logit_bias: { 999_999: 1 } })).rejects.toMatchObject(refused("logit_bias"))
    })
  })
}
