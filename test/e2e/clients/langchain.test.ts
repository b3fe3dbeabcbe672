import { ChatOpenAI } from "@langchain/openai"
import { describe } from "vitest"
import type { ChatClient } from "./langchain/chat-client.ts"
import { chats } from "./langchain/chats.ts"
import { choices } from "./langchain/choices.ts"
import { failures } from "./langchain/failures.ts"
import { otherTasks } from "./langchain/other-tasks.ts"
import { toolCalls } from "./langchain/tools.ts"
import { echoNetwork } from "./network.ts"

describe("LangChain", () => {
  const network = echoNetwork()
  const client: ChatClient = {
    network,
    open: (fields = {}) =>
      new ChatOpenAI({
        model: "echo", apiKey: network.apiKey, maxRetries: 0, ...fields,
        configuration: { baseURL: network.baseURL, fetch: network.recorder.fetch },
      }),
  }
  chats(client)
  toolCalls(client)
  choices(client)
  failures(client)
  otherTasks(network)
})
