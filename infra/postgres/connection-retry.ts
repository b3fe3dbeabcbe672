import { setTimeout as delay } from "node:timers/promises"
import pg from "pg"

/** A server that restarts within this is only slow to its clients. */
export const RETRY_FOR_MS = 8_000
const RETRY_DELAY_MS = 50
const MAX_RETRY_DELAY_MS = 400

/** SQLSTATE classes and codes after which the same statement may succeed: connection, shutdown, start-up, serialisation. */
const PASSING = /^(08...|57P0[123]|40001|40P01|53300|25006)$/
const PASSING_SOCKET = /^(ECONN\w+|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|EAI_AGAIN)$/
/** What pg says without a code. */
const PASSING_WORDS = /terminated|timeout|not queryable|Connection ended|connection error/i

export const isPassing = (cause: unknown): boolean => {
  if (cause instanceof pg.DatabaseError) return PASSING.test(cause.code ?? "")
  if (!(cause instanceof Error)) return false
  const code = "code" in cause && typeof cause.code === "string" ? cause.code : ""
  return PASSING_SOCKET.test(code) || PASSING_WORDS.test(cause.message)
}

/** Repeats a statement that is safe to repeat while the server is away, for `RETRY_FOR_MS` at most; throws what it last said. */
export const ridingOutRestarts = async <A>(statement: () => Promise<A>): Promise<A> => {
  const deadline = Date.now() + RETRY_FOR_MS
  for (let wait = RETRY_DELAY_MS; ; wait = Math.min(wait * 2, MAX_RETRY_DELAY_MS)) {
    try {
      return await statement()
    } catch (cause) {
      if (!isPassing(cause) || Date.now() + wait > deadline) throw cause
    }
    await delay(wait)
  }
}

/** For a tagged error's `reason`: the kind of failure, never the data. */
export const reasonOf = (cause: unknown): string => {
  if (cause instanceof pg.DatabaseError) return `${cause.code ?? "?"} ${cause.message}`
  return cause instanceof Error ? cause.message || cause.name : String(cause)
}
