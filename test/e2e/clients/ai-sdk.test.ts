import { createOpenAI } from "@ai-sdk/openai"
import { createOpenAICompatible } from "@ai-sdk/openai-compatible"
import { describe } from "vitest"
import type { ChatClient } from "./ai-sdk/chat-client.ts"
import { chats } from "./ai-sdk/chats.ts"
import { failures } from "./ai-sdk/failures.ts"
import { echoNetwork } from "./network.ts"

describe("the Vercel AI SDK", () => {
  const network = echoNetwork()
  const settings = (apiKey = network.apiKey) => ({ baseURL: network.baseURL, apiKey, fetch: network.recorder.fetch })
  const compatible = (apiKey?: string) =>
    createOpenAICompatible({ name: "resultity", includeUsage: true, supportsStructuredOutputs: true, ...settings(apiKey) })
  const openai = (apiKey?: string) => createOpenAI(settings(apiKey))

  const clients: readonly (ChatClient & { readonly provider: string })[] = [
    { provider: "@ai-sdk/openai-compatible", network, model: (name = "echo", apiKey) => compatible(apiKey).chatModel(name) },
    { provider: "@ai-sdk/openai", network, model: (name = "echo", apiKey) => openai(apiKey).chat(name) },
  ]

  describe.each(clients)("with $provider", (client) => {
    chats(client)
    failures(client)
  })
})
