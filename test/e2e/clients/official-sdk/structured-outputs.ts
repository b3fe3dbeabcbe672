import { zodFunction, zodResponseFormat } from "openai/helpers/zod"
import { describe, expect, it } from "vitest"
import { z } from "zod"
import { ask, type Sdk } from "./sdk.ts"

const Person = z.object({
  name: z.string(),
  age: z.int(),
  email: z.string().nullable(),
  role: z.enum(["admin", "user"]),
  friends: z.array(z.object({ name: z.string() })),
})

/** Refers to itself: `$defs` and `$ref` in the schema. */
const Tree = z.object({
  value: z.number(),
  get children() {
    return z.array(Tree)
  },
})

export const structuredOutputs = ({ open }: Sdk): void => {
  describe("with a format", () => {
    it("gets an object of its Zod schema, parsed, whole and streamed", async () => {
      const request = { ...ask("Who is Vera?"), response_format: zodResponseFormat(Person, "person") }
      const whole = await open().chat.completions.parse(request)
      expect(Person.safeParse(whole.choices[0]?.message.parsed)).toMatchObject({ success: true })
      expect(whole.choices[0]?.finish_reason).toBe("stop")
      const streamed = await open().chat.completions.stream(request).finalChatCompletion()
      expect(streamed.choices[0]?.message.parsed).toEqual(whole.choices[0]?.message.parsed)
    })

    it("may use a schema that refers to itself", async () => {
      const { choices } = await open().chat.completions.parse({ ...ask("A tree."), response_format: zodResponseFormat(Tree, "tree") })
      expect(Tree.safeParse(choices[0]?.message.parsed)).toMatchObject({ success: true })
    })

    it("gets some JSON object with json_object", async () => {
      const { choices } = await open().chat.completions.create({ ...ask("Say it in JSON."), response_format: { type: "json_object" } })
      expect(JSON.parse(choices[0]?.message.content ?? "")).toBeTypeOf("object")
    })

    it("gets arguments of strict tools parsed", async () => {
      const tools = [zodFunction({ name: "person", parameters: Person })]
      const whole = await open().chat.completions.parse({ ...ask("call person"), tools })
      const streamed = await open().chat.completions.stream({ ...ask("call person"), tools }).finalChatCompletion()
      for (const { choices: [choice] } of [whole, streamed]) {
        const [call] = choice?.message.tool_calls ?? []
        const given = call?.type === "function" ? call.function.parsed_arguments : null
        expect(Person.safeParse(given)).toMatchObject({ success: true })
      }
    })

    it("is told about a format that there is not, and about one without a schema", async () => {
      for (const response_format of [{ type: "xml" }, { type: "json_schema" }]) {
        const asked = open().chat.completions.create({ ...ask("one"), response_format: response_format as { type: "text" } })
        await expect(asked).rejects.toMatchObject({ status: 400, param: expect.stringContaining("response_format") })
      }
    })
  })
}
