import OpenAI from "openai"
import { zodFunction, zodResponseFormat } from "openai/helpers/zod"
import { describe, expect, it } from "vitest"
import { z } from "zod"
import { demoNetwork } from "./network.ts"

const Person = z.object({ name: z.string().max(20), role: z.enum(["admin", "user"]), active: z.boolean() })

/** It is far too small to want a tool or to know JSON: what has the right form here was made to have it. */
const MODEL = { model: "tiny-chat", temperature: 0, seed: 1, max_tokens: 120 }
const ask = (content: string) => ({ ...MODEL, messages: [{ role: "user" as const, content }] })

describe("the official SDK with a real model", () => {
  const network = demoNetwork()
  const open = () => new OpenAI({ baseURL: network.baseURL, apiKey: network.apiKey, fetch: network.recorder.fetch, maxRetries: 0 })

  it("gets an object of its Zod schema, whatever the prompt says, whole and streamed", async () => {
    const request = { ...ask("Do not use JSON. Tell me a story about a fox."), response_format: zodResponseFormat(Person, "person") }
    const whole = await open().chat.completions.parse(request)
    const streamed = await open().chat.completions.stream(request).finalChatCompletion()
    for (const { choices: [choice] } of [whole, streamed]) {
      expect(choice?.finish_reason).toBe("stop")
      expect(Person.safeParse(choice?.message.parsed)).toMatchObject({ success: true })
    }
  })

  it("gets the call that it requires, with arguments of the tool's schema, whole and streamed", async () => {
    const request = { ...ask("What is the capital of France?"), tools: [zodFunction({ name: "person", parameters: Person })], tool_choice: "required" as const }
    const whole = await open().chat.completions.parse(request)
    const streamed = await open().chat.completions.stream(request).finalChatCompletion()
    for (const { choices: [choice] } of [whole, streamed]) {
      const [call] = choice?.message.tool_calls ?? []
      expect(choice?.finish_reason).toBe("tool_calls")
      expect(call?.type === "function" ? Person.safeParse(call.function.parsed_arguments) : null).toMatchObject({ success: true })
    }
  })

  it("gets log probabilities that are the text, and the likeliest token first", async () => {
    const { choices: [choice] } = await open().chat.completions.create({ ...ask("What is the capital of France?"), logprobs: true, top_logprobs: 3 })
    const tokens = choice?.logprobs?.content ?? []
    expect(Buffer.from(tokens.flatMap(({ bytes }) => bytes ?? [])).toString()).toBe(choice?.message.content)
    for (const { token, top_logprobs } of tokens) expect(top_logprobs[0]?.token).toBe(token)
  })

  it("gets several choices, and stops where it wants", async () => {
    const { choices, usage } = await open().chat.completions.create({ ...ask("ping"), n: 3 })
    expect(choices.map(({ message }) => message.content)).toEqual(["pong", "pong", "pong"])
    expect(usage?.completion_tokens).toBeGreaterThanOrEqual(3)
    const stopped = await open().chat.completions.create({ ...ask("Tell me a story about a fox."), stop: ["fox"] })
    expect(stopped.choices[0]).toMatchObject({ message: { content: "Once upon a time there was a brave " }, finish_reason: "stop" })
  })

  it("completes text, and is told what the model does not do", async () => {
    const { choices } = await open().completions.create({ ...MODEL, prompt: "Once upon a time", max_tokens: 5 })
    expect(choices[0]).toMatchObject({ text: expect.stringMatching(/./), finish_reason: "length" })
    await expect(open().chat.completions.create({ ...ask("ping"), logit_bias: { 999_999: 1 } })).rejects.toMatchObject({ status: 400 })
  })
})
