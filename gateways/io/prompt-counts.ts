import type { CountReply, CountRequest } from "#domain/protocol/bus-messages.ts"
import type { Counted } from "#domain/protocol/frames.ts"
import { COUNT_MS, MAX_PENDING_COUNTS, MAX_TOKENS_PER_CHARACTER, TEMPLATE_TOKENS, TEMPLATE_TOKENS_PER_MESSAGE } from "./limits.ts"
import type { Sender } from "./sender.ts"

/** A node that counts more than this lies: the client pays by this number. */
const mostTokens = (request: CountRequest["request"]): number =>
  contentsOf(request).reduce((sum, size) => sum + size * MAX_TOKENS_PER_CHARACTER + TEMPLATE_TOKENS_PER_MESSAGE, TEMPLATE_TOKENS)

/** Characters of each part, or the number of its tokens. */
const contentsOf = (request: CountRequest["request"]): readonly number[] => {
  switch (request.task) {
    case "chat":
      return [...request.messages, ...(request.tools ?? [])].map((part) => JSON.stringify(part).length)
    case "completion":
      return [request.prompt.length, request.suffix?.length ?? 0]
    case "embedding":
      return request.inputs.map(({ length }) => length)
  }
}

/** Questions to one node about the length of prompts. */
export class PromptCounts {
  readonly #pending = new Map<string, (result: (typeof Counted.Type)["result"] | null) => void>()
  #next = 0

  async ask(sender: Sender, { model, request }: CountRequest, contextLength: number): Promise<CountReply> {
    if (this.#pending.size >= MAX_PENDING_COUNTS) return { ok: false, reason: "failed", message: "too many prompts at once" }
    const requestId = String((this.#next += 1))
    const result = await new Promise<(typeof Counted.Type)["result"] | null>((resolve) => {
      const timer = setTimeout(() => resolve(null), COUNT_MS)
      this.#pending.set(requestId, (answer) => {
        clearTimeout(timer)
        resolve(answer)
      })
      sender.send({ type: "count", request_id: requestId, model, request })
    })
    this.#pending.delete(requestId)
    if (result === null) return { ok: false, reason: "no_node", message: "the node did not answer in time" }
    if (result.ok && Math.max(result.tokens, result.longest) > mostTokens(request)) {
      return { ok: false, reason: "failed", message: `the node counted ${result.tokens} tokens, more than the prompt can have` }
    }
    return result.ok ? { ok: true, tokens: result.tokens, longest: result.longest, contextLength } : result
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
