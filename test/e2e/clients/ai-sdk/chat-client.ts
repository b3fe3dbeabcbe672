import type { LanguageModel } from "ai"
import type { Network } from "../network.ts"

export interface ChatClient {
  readonly network: Network
  /** A chat model of this name, asked with this key; `echo` and the network's own key by default. */
  readonly model: (name?: string, apiKey?: string) => LanguageModel
}
