import type { StreamQueue } from "./stream-queue.ts"

/** Streams whose state is kept; beyond it the longest unused idle one is dropped and read again when needed. */
const MAX_CACHED_STREAMS = 20_000

type AnyQueue = StreamQueue<any, any, any, any>

/** Least recently used first; a stream with commands in it is never dropped. */
export class StreamCache {
  readonly #queues = new Map<string, AnyQueue>()

  get<State, Command, Event extends { readonly type: string; readonly data: object }, Rejection>(
    stream: string,
  ): StreamQueue<State, Command, Event, Rejection> | undefined {
    return this.#queues.get(stream)
  }

  use(stream: string, make: () => AnyQueue): AnyQueue {
    const queue = this.#queues.get(stream) ?? make()
    this.#queues.delete(stream)
    this.#queues.set(stream, queue)
    if (this.#queues.size > MAX_CACHED_STREAMS) this.#dropOne()
    return queue
  }

  #dropOne(): void {
    for (const [stream, queue] of this.#queues) {
      if (!queue.idle) continue
      this.#queues.delete(stream)
      return
    }
  }
}
