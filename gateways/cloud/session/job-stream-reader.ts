import type { AttemptId } from "#domain/kernel/ids.ts"
import type { DeliveredReply, EndedReason, FinishedMessage, StreamMessage } from "#domain/protocol/bus-messages.ts"

/** What a message means for the client. */
export type Step =
  | { readonly type: "nothing" }
  /** Something before this message is missing; it must be received again after that. */
  | { readonly type: "gap" }
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "finished"; readonly end: FinishedMessage; readonly countsDiffer: boolean }
  | { readonly type: "ended"; readonly reason: EndedReason; readonly message: string }

/** A part of the answer that the client has and the log may not. */
export interface Progress {
  readonly attemptId: AttemptId
  /** Of this attempt, in all. */
  readonly deliveredTokens: number
}

/** Tokens that still count after the client left (shared decisions, "Money": never more than forwarded + 64). */
export const TOKENS_AFTER_LEAVING = 64

/** What the client has, and of whom. */
export type Delivery = Omit<DeliveredReply, "length">

const NOTHING: Step = { type: "nothing" }
const GAP: Step = { type: "gap" }

/**
 * Makes one text of what several attempts send. Tokens count only for the newest attempt that is not fenced; a fence answers what
 * the client has and drops everything of that attempt that comes later, so that the next one continues without gap or repetition.
 * No I/O and no clock.
 */
export class JobStreamReader {
  readonly #attempts = new Map<AttemptId, number>()
  /** Messages of each attempt so far. */
  readonly #received = new Map<AttemptId, number>()
  readonly #fenced = new Set<AttemptId>()
  #admitted: AttemptId | null = null
  #current: AttemptId | null = null
  #over = false
  #allowance = Infinity
  #text = ""
  #delivered = 0

  /** Everything the client has. */
  get text(): string {
    return this.#text
  }

  /** Tokens of it, over all attempts: what is paid for. */
  get delivered(): number {
    return this.#delivered
  }

  /** Where the stream goes on: which attempt, if one has spoken, and from which message on. */
  get place(): { readonly attemptId: AttemptId | null; readonly after: number } {
    return { attemptId: this.#current, after: this.#current === null ? 0 : this.#receivedOf(this.#current) }
  }

  get progress(): Progress | null {
    if (this.#current === null) return null
    return { attemptId: this.#current, deliveredTokens: this.#attempts.get(this.#current) ?? 0 }
  }

  receive(message: StreamMessage): Step {
    if (this.#over) return NOTHING
    switch (message.type) {
      case "tokens":
        return this.#take(message)
      case "finished": {
        if (!this.#speaks(message.attemptId)) return NOTHING
        if (message.chunks > this.#receivedOf(message.attemptId)) return GAP
        this.#over = true
        const countsDiffer = differs(this.#attempts.get(message.attemptId) ?? 0, message.completionTokens)
        return { type: "finished", end: message, countsDiffer }
      }
      case "ended":
        this.#over = true
        return { type: "ended", reason: message.reason, message: message.message }
    }
  }

  /** No token of this attempt counts from now on. */
  fence(attemptId: AttemptId): Delivery {
    this.#fenced.add(attemptId)
    if (this.#current === attemptId) this.#current = null
    return this.#delivery()
  }

  /** Only this attempt's tokens count from now on: it continues after what the client has, whoever that came from. */
  admit(attemptId: AttemptId): Delivery {
    this.#admitted = attemptId
    if (this.#current !== attemptId) this.#current = null
    return this.#delivery()
  }

  /** Its node has done its part: unless another attempt has taken over since, its tokens count, the fenced ones too once they are fetched. */
  finishing(attemptId: AttemptId): Delivery {
    const other = this.#admitted ?? this.#current ?? attemptId
    if (other === attemptId && (this.#current ?? attemptId) === attemptId && this.#fenced.delete(attemptId)) {
      this.#current = attemptId
      if (!this.#attempts.has(attemptId)) this.#attempts.set(attemptId, 0)
    }
    return this.#delivery()
  }

  /** Tokens of one attempt that the client has. */
  deliveredBy(attemptId: AttemptId): number {
    return this.#attempts.get(attemptId) ?? 0
  }

  /** Tokens that come from now on are on their way already; only so many of them count. */
  clientLeft(allowance = TOKENS_AFTER_LEAVING): void {
    this.#allowance = this.#delivered + allowance
  }

  #take({ attemptId, index, text, tokens }: Extract<StreamMessage, { type: "tokens" }>): Step {
    const due = this.#receivedOf(attemptId)
    if (!this.#speaks(attemptId) || index < due) return NOTHING
    if (index > due) return GAP
    this.#received.set(attemptId, due + 1)
    if (this.#delivered + tokens > this.#allowance) return NOTHING
    this.#attempts.set(attemptId, (this.#attempts.get(attemptId) ?? 0) + tokens)
    this.#delivered += tokens
    this.#text += text
    return text === "" ? NOTHING : { type: "text", text }
  }

  /** A new attempt takes over: the one before it has nothing more to say. */
  #speaks(attemptId: AttemptId): boolean {
    if (attemptId === this.#current) return true
    if (this.#fenced.has(attemptId) || (this.#admitted !== null && attemptId !== this.#admitted)) return false
    if (this.#current !== null) this.#fenced.add(this.#current)
    this.#current = attemptId
    this.#attempts.set(attemptId, 0)
    return true
  }

  #receivedOf(attemptId: AttemptId): number {
    return this.#received.get(attemptId) ?? 0
  }

  #delivery(): Delivery {
    return { attempts: [...this.#attempts].map(([attemptId, tokens]) => ({ attemptId, tokens })), text: this.#text }
  }
}

/** More than the tolerance of the shared decisions: max(2 tokens, 2 %). */
const differs = (ours: number, theirs: number): boolean => Math.abs(ours - theirs) > Math.max(2, theirs * 0.02)
