import { setTimeout as delay } from "node:timers/promises"
import { MongoBulkWriteError, MongoError, MongoNetworkError, MongoServerError, MongoServerSelectionError } from "mongodb"

/** A server that restarts, or a set that elects another primary, within this is only slow to its clients. */
const RETRY_FOR_MS = 12_000
const RETRY_DELAY_MS = 50
const MAX_RETRY_DELAY_MS = 400

/** Shutting down, not or no longer primary, recovering: the same operation may succeed on the next primary. */
const PASSING = new Set([89, 91, 189, 262, 9_001, 10_058, 10_107, 11_600, 11_602, 13_435, 13_436])

export const isPassing = (cause: unknown): boolean => {
  if (cause instanceof MongoNetworkError || cause instanceof MongoServerSelectionError) return true
  // A bulk write wraps what broke it, whatever it was.
  if (cause instanceof MongoBulkWriteError && cause.errorResponse instanceof Error) return isPassing(cause.errorResponse)
  if (cause instanceof MongoServerError && PASSING.has(Number(cause.code))) return true
  return cause instanceof MongoError && cause.hasErrorLabel("RetryableWriteError")
}

/** Repeats an operation that is safe to repeat while the server is away, for `RETRY_FOR_MS` at most; throws what it last said. */
export const ridingOutRestarts = async <A>(operation: () => Promise<A>): Promise<A> => {
  const deadline = Date.now() + RETRY_FOR_MS
  for (let wait = RETRY_DELAY_MS; ; wait = Math.min(wait * 2, MAX_RETRY_DELAY_MS)) {
    try {
      return await operation()
    } catch (cause) {
      if (!isPassing(cause) || Date.now() + wait > deadline) throw cause
    }
    await delay(wait)
  }
}
