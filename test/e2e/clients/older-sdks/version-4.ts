import "openai-4/shims/web"
import OpenAI, { type ClientOptions } from "openai-4"
import type { Network } from "../network.ts"
import type { OlderClient } from "./older-sdk.ts"

/** With the shim above it works with the platform's classes; its types know those of node-fetch only. */
type PlatformFetch = NonNullable<ClientOptions["fetch"]>

export const version4 = (network: Network): OlderClient["open"] => (settings = {}) => {
  const { baseURL, apiKey, recorder } = network
  const fetch = recorder.fetch as unknown as PlatformFetch
  const { beta, chat, completions, embeddings, models } = new OpenAI({ baseURL, apiKey, fetch, maxRetries: 0, ...settings })
  const embedding = async (input: string, more: { encoding_format?: "float" } = {}) =>
    (await embeddings.create({ model: "echo", input, ...more })).data[0]?.embedding ?? []
  return {
    chat: (body) => chat.completions.create(body),
    streamedChat: (body) => beta.chat.completions.stream({ ...body, stream: true, stream_options: { include_usage: true } }).finalChatCompletion(),
    leaveStream: async (body) => {
      for await (const chunk of await chat.completions.create({ ...body, stream: true })) if (chunk.choices[0]?.delta.content) return
    },
    models: async () => {
      const ids: string[] = []
      for await (const { id } of models.list()) ids.push(id)
      return ids
    },
    complete: async (prompt) => {
      const whole = await completions.create({ model: "echo", prompt })
      let streamed = ""
      for await (const chunk of await completions.create({ model: "echo", prompt, stream: true })) streamed += chunk.choices[0]?.text ?? ""
      return { whole: whole.choices[0]?.text ?? "", streamed }
    },
    embed: (input) => embedding(input),
    embedInNumbers: (input) => embedding(input, { encoding_format: "float" }),
  }
}
