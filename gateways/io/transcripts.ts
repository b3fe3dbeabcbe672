import type { BusShape, Unsubscribe } from "#commands/ports/bus.ts"
import type { AttemptId, JobId } from "#domain/kernel/ids.ts"
import { type FinishedMessage, MAX_SAID_CHARACTERS, type SaidReply, type SaidRequest, saidSubject, type StreamMessage, tokensSubject } from "#domain/protocol/bus-messages.ts"

/** How long the whole of a finished attempt can be asked for: whoever lacks its end notices within seconds. */
export const KEEP_MS = 30_000

interface Transcript {
  readonly attemptId: AttemptId
  readonly messages: StreamMessage[]
  readonly unserve: Unsubscribe
}

/**
 * What the attempts of this gateway's nodes say, on its way to the clients' gateways, and once more for whoever asks: the bus delivers
 * at most once, and an answer with a hole is no answer.
 */
export class Transcripts {
  readonly #bus: BusShape
  readonly #open = new Map<AttemptId, Transcript>()
  readonly #timers = new Map<AttemptId, NodeJS.Timeout>()

  constructor(bus: BusShape) {
    this.#bus = bus
  }

  begin(jobId: JobId, attemptId: AttemptId): void {
    if (this.#open.has(attemptId)) return
    const messages: StreamMessage[] = []
    const unserve = this.#bus.serve(saidSubject(jobId), async (request): Promise<SaidReply> => {
      const { attemptId: wanted, after } = request as SaidRequest
      return reply(messages, wanted === attemptId ? after : 0)
    })
    this.#open.set(attemptId, { attemptId, messages, unserve })
  }

  say(jobId: JobId, attemptId: AttemptId, { text, tokens }: { readonly text: string; readonly tokens: number }): void {
    const index = this.#open.get(attemptId)?.messages.length ?? 0
    this.#send(jobId, { type: "tokens", attemptId, index, text, tokens })
  }

  finish(jobId: JobId, end: Omit<FinishedMessage, "type" | "chunks">): void {
    const { attemptId } = end
    this.#send(jobId, { type: "finished", chunks: this.#open.get(attemptId)?.messages.length ?? 0, ...end })
    this.#timers.set(attemptId, setTimeout(() => this.drop(attemptId), KEEP_MS).unref())
  }

  /** Nobody will ask for it any more. */
  drop(attemptId: AttemptId): void {
    clearTimeout(this.#timers.get(attemptId))
    this.#timers.delete(attemptId)
    this.#open.get(attemptId)?.unserve()
    this.#open.delete(attemptId)
  }

  #send(jobId: JobId, message: StreamMessage & { readonly attemptId: AttemptId }): void {
    this.#open.get(message.attemptId)?.messages.push(message)
    this.#bus.publish(tokensSubject(jobId), message)
  }
}

const reply = (messages: readonly StreamMessage[], after: number): SaidReply => {
  const taken: StreamMessage[] = []
  let characters = 0
  for (const message of messages.slice(after)) {
    characters += JSON.stringify(message).length
    if (taken.length > 0 && characters > MAX_SAID_CHARACTERS) return { messages: taken, more: true }
    taken.push(message)
  }
  return { messages: taken, more: false }
}
