import type { ChatOpenAI, ChatOpenAIFields } from "@langchain/openai"
import type { Network } from "../network.ts"

export interface ChatClient {
  /** What a message's metadata say of its end. */
  readonly endedBy: (reason: "stop" | "length" | "tool_calls") => object
  readonly network: Network
  /** The model `echo` without retries, unless the fields say otherwise. */
  readonly open: (fields?: ChatOpenAIFields) => ChatOpenAI
}
