import type { Network } from "../network.ts"

export interface ChatBody {
  readonly model: string
  readonly messages: { readonly role: "user"; readonly content: string }[]
  readonly max_tokens?: number
  readonly temperature?: number
}

export interface ChatAnswer {
  readonly choices: readonly { readonly message: { readonly role: string; readonly content: string | null }; readonly finish_reason: string }[]
  readonly usage?: { readonly total_tokens: number } | null | undefined
}

export interface Settings {
  readonly apiKey?: string
  readonly maxRetries?: number
}

/** What is asked of each version. Their classes are strangers to each other; what they are asked and answer is the same. */
export interface OlderSdk {
  readonly chat: (body: ChatBody) => Promise<ChatAnswer>
  /** By the version's own helper that puts streams together; with usage. */
  readonly streamedChat: (body: ChatBody) => Promise<ChatAnswer>
  /** Reads until the first words, then leaves. */
  readonly leaveStream: (body: ChatBody) => Promise<void>
  readonly models: () => Promise<readonly string[]>
  readonly complete: (prompt: string) => Promise<{ readonly whole: string; readonly streamed: string }>
  /** In the encoding that the SDK asks for by itself. */
  readonly embed: (input: string) => Promise<readonly number[]>
  readonly embedInNumbers: (input: string) => Promise<readonly number[]>
}

export interface OlderClient {
  readonly network: Network
  readonly open: (settings?: Settings) => OlderSdk
}
