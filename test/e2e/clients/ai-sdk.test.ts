import { createOpenAI } from "@ai-sdk/openai"
import { createOpenAICompatible } from "@ai-sdk/openai-compatible"
import type { EmbeddingModel, LanguageModel } from "ai"
import { describe } from "vitest"
import type { ChatClient } from "./ai-sdk/chat-client.ts"
import { chats, stopStrings } from "./ai-sdk/chats.ts"
import { embeddings } from "./ai-sdk/embeddings.ts"
import { failures } from "./ai-sdk/failures.ts"
import { structuredOutputs } from "./ai-sdk/structured-outputs.ts"
import { textCompletions } from "./ai-sdk/text-completions.ts"
import { toolCalls } from "./ai-sdk/tools.ts"
import { echoNetwork } from "./network.ts"

interface Provider extends ChatClient {
  readonly provider: string
  readonly embedder: () => EmbeddingModel
  readonly completer: () => LanguageModel
}

describe("the Vercel AI SDK", () => {
  const network = echoNetwork()
  const settings = (apiKey = network.apiKey) => ({ baseURL: network.baseURL, apiKey, fetch: network.recorder.fetch })
  const compatible = (apiKey?: string) =>
    createOpenAICompatible({ name: "resultity", includeUsage: true, supportsStructuredOutputs: true, ...settings(apiKey) })
  const openai = (apiKey?: string) => createOpenAI(settings(apiKey))

  const providers: readonly Provider[] = [
    {
      provider: "@ai-sdk/openai-compatible", network, model: (name = "echo", apiKey) => compatible(apiKey).chatModel(name),
      embedder: () => compatible().embeddingModel("echo"), completer: () => compatible().completionModel("echo"),
    },
    {
      provider: "@ai-sdk/openai", network, model: (name = "echo", apiKey) => openai(apiKey).chat(name),
      embedder: () => openai().embedding("echo"), completer: () => openai().completion("echo"),
    },
    {
      provider: "@ai-sdk/openai by default", network, model: (name = "echo", apiKey) => openai(apiKey)(name),
      embedder: () => openai().embedding("echo"), completer: () => openai().completion("echo"),
    },
  ]

  describe.each(providers)("with $provider", (client) => {
    chats(client)
    toolCalls(client)
    structuredOutputs(client)
    embeddings({ model: client.embedder })
    textCompletions({ model: client.completer })
    failures(client)
  })

  for (const client of providers.slice(0, 2)) describe(`with ${client.provider} in a chat`, () => stopStrings(client))
})
