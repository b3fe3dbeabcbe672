/** Part of a double: this is not EventStoreDB. The rules of its log, in memory. */

export interface Proposed {
  readonly id: string
  readonly type: string
  readonly isJson: boolean
  readonly data: Uint8Array
  readonly metadata: Uint8Array
}

export interface Stored extends Proposed {
  readonly stream: string
  readonly revision: number
  /** Where the record lies in the log, in bytes. */
  readonly position: bigint
  readonly createdMs: number
}

export type Expected = "any" | "no stream" | "exists" | number

export type AppendOutcome =
  | { readonly outcome: "appended" | "repeated"; readonly last: Stored }
  | { readonly outcome: "wrong version"; readonly actual: number }

/** Bytes of a record beside its payload, about. */
const RECORD_OVERHEAD_BYTES = 73
/** One event of the system's own comes after so many of the users', so that no reader can count on neighbours. */
const SYSTEM_EVENT_EVERY = 7

export class DoubleLog {
  readonly all: Stored[] = []
  readonly #streams = new Map<string, Stored[]>()
  readonly #followers = new Set<() => void>()
  #end = 0n

  constructor() {
    this.#writeSystemEvent("$settings", "$metadata")
  }

  streamOf(name: string): readonly Stored[] {
    return this.#streams.get(name) ?? []
  }

  /** Follows the server's `IndexWriter.CheckCommit`. */
  append(stream: string, expected: Expected, events: readonly Proposed[]): AppendOutcome {
    const there = this.streamOf(stream)
    const current = there.length - 1
    const repeatedFrom = expected === "any" ? there.findIndex(({ id }) => id === events[0]?.id) : (expected === "no stream" ? -1 : Number(expected)) + 1
    const known = repeatedFrom < 0 || expected === "exists" ? [] : there.slice(repeatedFrom, repeatedFrom + events.length)
    const last = known.at(-1)
    if (last !== undefined && known.length === events.length && known.every(({ id }, index) => id === events[index]?.id)) {
      return { outcome: "repeated", last }
    }
    if (!this.#allows(expected, current)) return { outcome: "wrong version", actual: current }
    return { outcome: "appended", last: this.#write(stream, events) }
  }

  #allows(expected: Expected, current: number): boolean {
    if (expected === "any") return true
    if (expected === "exists") return current >= 0
    return current === (expected === "no stream" ? -1 : expected)
  }

  #write(stream: string, events: readonly Proposed[]): Stored {
    const before = this.all.length
    const stored = events.map((event) => this.#record(stream, event))
    const last = stored.at(-1)
    if (last === undefined) throw new Error("an append without events")
    if (Math.floor(before / SYSTEM_EVENT_EVERY) !== Math.floor(this.all.length / SYSTEM_EVENT_EVERY)) {
      this.#writeSystemEvent("$stats-127.0.0.1:2113", "$statsCollected")
    }
    for (const wake of this.#followers) wake()
    return last
  }

  #writeSystemEvent(stream: string, type: string): void {
    const data = Buffer.from(JSON.stringify({ at: this.all.length }))
    this.#record(stream, { id: crypto.randomUUID(), type, isJson: true, data, metadata: new Uint8Array() })
  }

  #record(name: string, event: Proposed): Stored {
    const stream = this.#streams.get(name) ?? []
    this.#streams.set(name, stream)
    const stored = { ...event, stream: name, revision: stream.length, position: this.#end, createdMs: Date.now() }
    stream.push(stored)
    this.all.push(stored)
    this.#end += BigInt(RECORD_OVERHEAD_BYTES + name.length + event.type.length + event.data.length + event.metadata.length)
    return stored
  }

  /** Index in `all` of the record at `position` or the first after it. */
  indexFrom(position: bigint): number {
    let [low, high] = [0, this.all.length]
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.all[middle]?.position ?? 0n) < position) low = middle + 1
      else high = middle
    }
    return low
  }

  /** A record begins there, or the log ends there. */
  isPlace(position: bigint): boolean {
    return position === this.#end || this.all[this.indexFrom(position)]?.position === position
  }

  /** Calls `wake` after each append; returns the function that ends it. */
  follow(wake: () => void): () => void {
    this.#followers.add(wake)
    return () => this.#followers.delete(wake)
  }
}
