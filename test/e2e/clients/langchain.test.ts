import { ChatOpenAI } from "@langchain/openai"
import { describe } from "vitest"
import type { ChatClient } from "./langchain/chat-client.ts"
import { chats, stopStrings } from "./langchain/chats.ts"
import { choices } from "./langchain/choices.ts"
import { failures } from "./langchain/failures.ts"
import { otherTasks } from "./langchain/other-tasks.ts"
import { requiredCalls, toolCalls } from "./langchain/tools.ts"
import { echoNetwork } from "./network.ts"

describe("LangChain", () => {
  const network = echoNetwork()
  const clientOf = (route: { readonly useResponsesApi: boolean }): ChatClient => ({
    network,
    endedBy: (reason) => (route.useResponsesApi ? { status: reason === "length" ? "incomplete" : "completed" } : { finish_reason: reason }),
    open: (fields = {}) =>
      new ChatOpenAI({
        model: "echo", apiKey: network.apiKey, maxRetries: 0, ...route, ...fields,
        configuration: { baseURL: network.baseURL, fetch: network.recorder.fetch },
      }),
  })
  const client = clientOf({ useResponsesApi: false })
  chats(client)
  stopStrings(client)
  toolCalls(client)
  requiredCalls(client)
  choices(client)
  failures(client)
  otherTasks(network)

  describe("in responses", () => {
    const inResponses = clientOf({ useResponsesApi: true })
    chats(inResponses)
    toolCalls(inResponses)
  })
})
