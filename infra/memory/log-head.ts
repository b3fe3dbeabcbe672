import { type Position, START } from "#domain/kernel/envelope.ts"

/** The highest position this process knows to exist, and who waits for a higher one. */
export class LogHead {
  #known: Position = START
  readonly #waiting = new Set<{ readonly after: Position; readonly wake: () => void }>()

  get known(): Position {
    return this.#known
  }

  get hasWaiters(): boolean {
    return this.#waiting.size > 0
  }

  advance(position: Position): void {
    if (position <= this.#known) return
    this.#known = position
    for (const waiter of this.#waiting) {
      if (waiter.after >= position) continue
      this.#waiting.delete(waiter)
      waiter.wake()
    }
  }

  /** Calls `wake` once an event after `after` is known, at once if it already is. */
  wait(after: Position, wake: () => void): () => void {
    if (this.#known > after) {
      wake()
      return () => {}
    }
    const waiter = { after, wake }
    this.#waiting.add(waiter)
    return () => this.#waiting.delete(waiter)
  }
}
