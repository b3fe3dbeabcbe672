import type OpenAI from "openai"
import { zodTextFormat } from "openai/helpers/zod"
import { describe, expect, it } from "vitest"
import { z } from "zod"
import { eventually } from "#test/support/processes.ts"
import { cancelledJob, LONG, untilWorking } from "../hung-up.ts"
import type { Sdk } from "./sdk.ts"

const MODEL = { model: "echo" }
const WEATHER: OpenAI.Responses.FunctionTool = {
  type: "function", name: "weather", description: "of a city", strict: true,
  parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"], additionalProperties: false },
}
const Person = z.object({ name: z.string(), age: z.int() })

export const responses = ({ open, network }: Sdk): void => {
  const both = async (body: OpenAI.Responses.ResponseCreateParamsNonStreaming): Promise<readonly OpenAI.Responses.Response[]> => [
    await open().responses.create(body),
    await open().responses.stream({ ...body, stream: true }).finalResponse(),
  ]

  describe("in responses", () => {
    it("gets text from words and from items, whole and streamed, with usage", async () => {
      const input: OpenAI.Responses.ResponseInput = [
        { role: "developer", content: "Be brief." },
        { type: "message", role: "user", content: [{ type: "input_text", text: "one two" }] },
      ]
      for (const response of [...(await both({ ...MODEL, input: "one two" })), ...(await both({ ...MODEL, input, instructions: "Be kind." }))]) {
        expect(response).toMatchObject({ object: "response", status: "completed", error: null, incomplete_details: null, output_text: "one two" })
        expect(response.usage).toMatchObject({ output_tokens: 2, output_tokens_details: { reasoning_tokens: 0 } })
      }
    })

    it("is told that it was cut", async () => {
      for (const { status, incomplete_details, output_text } of await both({ ...MODEL, input: "one two three", max_output_tokens: 2 })) {
        expect({ status, incomplete_details, output_text }).toEqual({
          status: "incomplete", incomplete_details: { reason: "max_output_tokens" }, output_text: "one two ",
        })
      }
    })

    it("calls a function, and gives its result back with the items as they came", async () => {
      for (const { output } of await both({ ...MODEL, input: "call weather", tools: [WEATHER] })) {
        const call = output.find((item) => item.type === "function_call")
        expect(JSON.parse(call?.arguments ?? "")).toEqual({ city: expect.any(String) })
        const result = { type: "function_call_output" as const, call_id: call?.call_id ?? "", output: "sunny" }
        const input = [{ role: "user" as const, content: "call weather" }, ...output, result] as OpenAI.Responses.ResponseInput
        expect((await open().responses.create({ ...MODEL, input, tools: [WEATHER] })).output_text).toBe("sunny")
      }
    })

    it("gets an object of its Zod schema", async () => {
      const { output_parsed } = await open().responses.parse({ ...MODEL, input: "Who?", text: { format: zodTextFormat(Person, "person") } })
      expect(Person.safeParse(output_parsed)).toMatchObject({ success: true })
    })

    it("goes on from a response before, finds it again, and deletes it", async () => {
      const first = await open().responses.create({ ...MODEL, input: "one" })
      const next = await open().responses.create({ ...MODEL, input: "two", previous_response_id: first.id })
      expect([next.output_text, next.previous_response_id]).toEqual(["two", first.id])
      expect(next.usage?.input_tokens).toBeGreaterThan(first.usage?.input_tokens ?? 0)
      expect(await open().responses.retrieve(first.id)).toMatchObject({ id: first.id, output: first.output })
      expect((await open().responses.inputItems.list(first.id)).data).toMatchObject([{ role: "user" }])
      await open().responses.delete(first.id)
      await expect(open().responses.retrieve(first.id)).rejects.toMatchObject({ status: 404 })
    })

    it("is told about a response that there is not, and about tools that run nowhere here", async () => {
      const unknown = open().responses.create({ ...MODEL, input: "one", previous_response_id: "resp_nowhere" })
      await expect(unknown).rejects.toMatchObject({ code: "previous_response_not_found", param: "previous_response_id" })
      const hosted = open().responses.create({ ...MODEL, input: "one", tools: [{ type: "web_search" }] })
      await expect(hosted).rejects.toMatchObject({ status: 400, param: expect.stringContaining("tools") })
    })

    it("runs one in the background, and polls it", async () => {
      const { id } = await open().responses.create({ ...MODEL, input: "one two", background: true })
      await eventually(async () => expect(await open().responses.retrieve(id)).toMatchObject({ status: "completed", output_text: "one two" }))
    })

    it("runs one in the background, and cancels it", async () => {
      const { id, status } = await open().responses.create({ ...MODEL, input: LONG.content, max_output_tokens: LONG.max_tokens, background: true })
      expect(["queued", "in_progress"]).toContain(status)
      await untilWorking(network)
      expect((await open().responses.cancel(id)).status).toBe("cancelled")
      await cancelledJob(network)
    })
  })
}
