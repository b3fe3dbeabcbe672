import { ChatOpenAI, type ChatOpenAIFields } from "@langchain/openai"
import { describe } from "vitest"
import { chats } from "./langchain/chats.ts"
import { failures } from "./langchain/failures.ts"
import { echoNetwork } from "./network.ts"

describe("LangChain", () => {
  const network = echoNetwork()
  const client = {
    network,
    open: (fields: ChatOpenAIFields = {}) =>
      new ChatOpenAI({
        model: "echo", apiKey: network.apiKey, maxRetries: 0, ...fields,
        configuration: { baseURL: network.baseURL, fetch: network.recorder.fetch },
      }),
  }
  chats(client)
  failures(client)
})
