import type OpenAI from "openai"
import { describe, expect, it } from "vitest"
import { ask, type Sdk } from "./sdk.ts"

const TEXT = "Grüße 👩‍👩‍👧 and 日本語, \"quoted\"\nsecond line"

export const chats = ({ open }: Sdk): void => {
  describe("in a chat", () => {
    it("gets a whole answer with usage", async () => {
      const answer = await open().chat.completions.create(ask(TEXT))
      expect(answer).toMatchObject({
        id: expect.stringMatching(/^chatcmpl-/), object: "chat.completion", model: "echo",
        choices: [{ index: 0, message: { role: "assistant", content: TEXT, refusal: null }, logprobs: null, finish_reason: "stop" }],
      })
      const { prompt_tokens, completion_tokens, total_tokens } = answer.usage ?? { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 }
      expect(completion_tokens).toBeGreaterThan(0)
      expect(prompt_tokens + completion_tokens).toBe(total_tokens)
      expect(answer._request_id).toMatch(/^req_/)
    })

    it("gets the same words in a stream, character by character whole", async () => {
      const stream = await open().chat.completions.create({ ...ask(TEXT), stream: true })
      let text = ""
      for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? ""
      expect(text).toBe(TEXT)
    })

    it("has its stream put together by the SDK's own helper, which checks the form", async () => {
      const stream = open().chat.completions.stream({ ...ask(TEXT), stream_options: { include_usage: true } })
      const heard: string[] = []
      stream.on("content", (delta) => heard.push(delta))
      const whole = await stream.finalChatCompletion()
      expect(whole.choices[0]).toMatchObject({ finish_reason: "stop", message: { role: "assistant", content: TEXT } })
      expect(heard.join("")).toBe(TEXT)
      const { usage } = await open().chat.completions.create(ask(TEXT))
      expect(usage).toMatchObject(await stream.totalUsage())
    })

    it("gets usage in one last chunk only when it asks", async () => {
      const chunks: OpenAI.ChatCompletionChunk[] = []
      const stream = await open().chat.completions.create({ ...ask("one two"), stream: true, stream_options: { include_usage: true } })
      for await (const chunk of stream) chunks.push(chunk)
      expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { prompt_tokens: 2, completion_tokens: 2, total_tokens: 4 } })
      expect(chunks.at(-2)?.choices[0]?.finish_reason).toBe("stop")
    })

    it("may use system and developer messages, content parts and names", async () => {
      const messages: OpenAI.ChatCompletionMessageParam[] = [
        { role: "developer", content: "Be brief." },
        { role: "system", content: [{ type: "text", text: "Be kind." }] },
        { role: "user", name: "vera", content: [{ type: "text", text: "first" }] },
        { role: "assistant", content: [{ type: "text", text: "yes?" }], refusal: null },
        { role: "user", content: [{ type: "text", text: "one two" }, { type: "text", text: "three" }] },
      ]
      const answer = await open().chat.completions.create({ model: "echo", messages })
      expect(answer.choices[0]?.message.content).toBe("one two\nthree")
    })

    it.each([["max_tokens"], ["max_completion_tokens"]])("is cut by %s and told so", async (limit) => {
      const answer = await open().chat.completions.create({ ...ask("one two three four"), [limit]: 2 })
      expect(answer.choices[0]).toMatchObject({ message: { content: "one two " }, finish_reason: "length" })
      expect(answer.usage?.completion_tokens).toBe(2)
      const stream = open().chat.completions.stream({ ...ask("one two three four"), [limit]: 2 })
      expect((await stream.finalChatCompletion().catch(() => stream.currentChatCompletionSnapshot))?.choices[0]?.finish_reason).toBe("length")
    })

    it.each([["a string", "three"], ["a list", ["nowhere", "three"]]])("stops before a stop string, given as %s", async (_, stop) => {
      const answer = await open().chat.completions.create({ ...ask("one two three four"), stop })
      expect(answer.choices[0]).toMatchObject({ message: { content: "one two " }, finish_reason: "stop" })
      const streamed = await open().chat.completions.stream({ ...ask("one two three four"), stop }).finalContent()
      expect(streamed).toBe("one two ")
    })

    it("may send all that changes nothing, and null for what it does not want", async () => {
      const harmless = {
        user: "u", metadata: { a: "b" }, store: false, service_tier: "auto", safety_identifier: "s", prompt_cache_key: "p", seed: 1,
        reasoning_effort: "low", verbosity: "low", modalities: ["text"], temperature: 0, top_p: 1, presence_penalty: 0, frequency_penalty: 0,
        response_format: { type: "text" }, parallel_tool_calls: null, tools: null, tool_choice: null, stop: null, n: null, logprobs: null,
        top_k: 40, chat_template_kwargs: {}, unheard_of: true,
      } as unknown as Partial<OpenAI.ChatCompletionCreateParamsNonStreaming>
      const answer = await open().chat.completions.create({ ...harmless, ...ask("one"), stream: false })
      expect(answer.choices[0]?.message.content).toBe("one")
    })
  })
}
