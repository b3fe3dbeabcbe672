import type { ChatHistoryItem } from "node-llama-cpp"
import type { ChatMessage } from "#domain/protocol/inference-request.ts"

const itemOf = ({ role, content }: ChatMessage): ChatHistoryItem => {
  switch (role) {
    case "system":
      return { type: "system", text: content }
    case "user":
      return { type: "user", text: content }
    case "assistant":
      return { type: "model", response: [content] }
    case "tool":
      return { type: "user", text: content }
  }
}

/** The history that ends with the answer so far: the model goes on right after it. */
export const chatHistory = (messages: readonly ChatMessage[], deliveredText: string): ChatHistoryItem[] => [
  ...messages.map(itemOf),
  { type: "model", response: deliveredText === "" ? [] : [deliveredText] },
]
