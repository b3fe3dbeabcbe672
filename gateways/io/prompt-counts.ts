import type { CountReply, CountRequest } from "#domain/protocol/bus-messages.ts"
import type { Counted } from "#domain/protocol/frames.ts"
import { COUNT_MS, MAX_PENDING_COUNTS, MAX_TOKENS_PER_CHARACTER, TEMPLATE_TOKENS, TEMPLATE_TOKENS_PER_MESSAGE } from "./limits.ts"
import type { Sender } from "./sender.ts"

/** A node that counts more than this lies: the client pays by this number. */
const mostTokens = (messages: CountRequest["messages"]): number =>
  messages.reduce((sum, { content }) => sum + content.length * MAX_TOKENS_PER_CHARACTER + TEMPLATE_TOKENS_PER_MESSAGE, TEMPLATE_TOKENS)

/** Questions to one node about the length of prompts. */
export class PromptCounts {
  readonly #pending = new Map<string, (result: (typeof Counted.Type)["result"] | null) => void>()
  #next = 0

  async ask(sender: Sender, { model, messages }: CountRequest, contextLength: number): Promise<CountReply> {
    if (this.#pending.size >= MAX_PENDING_COUNTS) return { ok: false, reason: "failed", message: "too many prompts at once" }
    const requestId = String((this.#next += 1))
    const result = await new Promise<(typeof Counted.Type)["result"] | null>((resolve) => {
      const timer = setTimeout(() => resolve(null), COUNT_MS)
      this.#pending.set(requestId, (answer) => {
        clearTimeout(timer)
        resolve(answer)
      })
      sender.send({ type: "count", request_id: requestId, model, messages })
    })
    this.#pending.delete(requestId)
    if (result === null) return { ok: false, reason: "no_node", message: "the node did not answer in time" }
    if (result.ok && result.tokens > mostTokens(messages)) {
      return { ok: false, reason: "failed", message: `the node counted ${result.tokens} tokens, more than the prompt can have` }
    }
    return result.ok ? { ok: true, tokens: result.tokens, contextLength } : { ok: false, reason: "failed", message: result.message }
  }

  /** False: nobody asked. */
  answer({ request_id, result }: typeof Counted.Type): boolean {
    const resolve = this.#pending.get(request_id)
    resolve?.(result)
    return resolve !== undefined
  }

  close(): void {
    for (const resolve of this.#pending.values()) resolve(null)
  }
}
