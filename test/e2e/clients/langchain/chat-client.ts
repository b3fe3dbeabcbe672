import type { ChatOpenAI, ChatOpenAIFields } from "@langchain/openai"
import type { Network } from "../network.ts"

export interface ChatClient {
  readonly network: Network
  /** The model `echo` without retries, unless the fields say otherwise. */
  readonly open: (fields?: ChatOpenAIFields) => ChatOpenAI
}
