import type OpenAI from "openai"
import type { ClientOptions } from "openai"
import type { Network } from "../network.ts"

export interface Sdk {
  readonly network: Network
  /** A client of the network. Without retries, unless the options say otherwise. */
  readonly open: (options?: ClientOptions) => OpenAI
}

/** A question that the echo engine answers with the same words. */
export const ask = (content: string) => ({ model: "echo", messages: [{ role: "user" as const, content }] })
