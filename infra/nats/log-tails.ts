/** The end of a stream as this process last saw it: revision of the last event, sequence of its commit. */
export interface Tail {
  readonly revision: number
  readonly sequence: number
}

/** Streams whose tails are remembered. */
const MAX_STREAMS = 100_000
/** Earlier tails kept for each stream: where a reader that fell behind goes on. */
const MAX_EARLIER = 4

/** What this process knows of the ends of streams. It may be behind: only the append itself verifies it. */
export class LogTails {
  readonly #tails = new Map<string, readonly Tail[]>()

  tailOf(subject: string): Tail | null {
    return this.#tails.get(subject)?.at(-1) ?? null
  }

  advance(subject: string, tail: Tail): void {
    const known = this.#tails.get(subject) ?? []
    if ((known.at(-1)?.sequence ?? 0) >= tail.sequence) return
    this.#tails.delete(subject)
    this.#tails.set(subject, [...known.slice(-MAX_EARLIER), tail])
    if (this.#tails.size <= MAX_STREAMS) return
    for (const oldest of this.#tails.keys()) {
      this.#tails.delete(oldest)
      return
    }
  }

  /** A sequence after which all events later than `revision` are found: the greatest known one. */
  sequenceBefore(subject: string, revision: number): number {
    const tails = this.#tails.get(subject) ?? []
    return tails.findLast((tail) => tail.revision <= revision)?.sequence ?? 0
  }
}
