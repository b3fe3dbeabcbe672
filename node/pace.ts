/** Lateness of timers that later tokens may make up for; more would be a burst. */
const CATCH_UP_MS = 50

/** An owner's speed limit over all streams together: each token reserves its moment, and is generated no earlier. */
export class Pace {
  readonly #intervalMs: number
  #nextAtMs = Number.NEGATIVE_INFINITY

  constructor(tokensPerSecond: number) {
    if (!(tokensPerSecond > 0)) throw new RangeError("a pace needs more than 0 tokens per second")
    this.#intervalMs = 1000 / tokensPerSecond
  }

  /** Milliseconds that the next token has to wait, 0 for none. Moments are given out in the order of the calls. */
  reserve(nowMs: number): number {
    const atMs = Math.max(this.#nextAtMs, nowMs - CATCH_UP_MS)
    this.#nextAtMs = Math.max(atMs, this.#nextAtMs) + this.#intervalMs
    return Math.max(0, atMs - nowMs)
  }
}
