import type { NodePresence } from "#commands/ports/presence.ts"

const LEAST = 2
const MOST = 256

/** Lines of all batches at work at once: half of what the nodes can do, so that whoever waits for an answer finds room. */
export const lineLimit = (nodes: readonly Pick<NodePresence, "slots">[]): number =>
  Math.min(MOST, Math.max(LEAST, Math.floor(nodes.reduce((sum, { slots }) => sum + slots, 0) / 2)))

/** Gives out so many slots as there are at the moment, first come first served. */
export class LineSlots {
  readonly #limit: () => number
  #taken = 0
  #waiting: (() => void)[] = []

  constructor(limit: () => number) {
    this.#limit = limit
  }

  async take(): Promise<void> {
    if (this.#taken >= this.#limit() || this.#waiting.length > 0) await new Promise<void>((resolve) => this.#waiting.push(resolve))
    else this.#taken += 1
  }

  /** The limit may have changed since: as many come in as there is room for. */
  give(): void {
    this.#taken -= 1
    while (this.#taken < this.#limit()) {
      const next = this.#waiting.shift()
      if (next === undefined) return
      this.#taken += 1
      next()
    }
  }
}
