import { setTimeout as delay } from "node:timers/promises"
import { ErrorType, isCommandError } from "@eventstore/db-client"

const RETRY_DELAY_MS = 50
const MAX_RETRY_DELAY_MS = 400

/** The server said nothing in time. What was asked may still have happened. */
export class NoAnswer extends Error {
  constructor(afterMs: number) {
    super(`no answer from EventStoreDB within ${afterMs} ms`)
  }
}

/** gRPC codes that mean the request itself is wrong. */
const INVALID_ARGUMENT = 3
const OUT_OF_RANGE = 11
/** gRPC codes that will not change by asking again. */
const REFUSING_CODES: readonly number[] = [7 /* permission denied */, 9 /* failed precondition */, 12 /* unimplemented */, 16 /* unauthenticated */]

const OUR_FAULT: readonly ErrorType[] = [
  ErrorType.MAXIMUM_APPEND_SIZE_EXCEEDED,
  ErrorType.INVALID_ARGUMENT,
  ErrorType.INVALID_TRANSACTION,
  ErrorType.MISSING_REQUIRED_METADATA_PROPERTY,
]
const REFUSING: readonly ErrorType[] = [ErrorType.ACCESS_DENIED, ErrorType.STREAM_DELETED, ErrorType.UNSUPPORTED]

/** What the client and gRPC throw as plain errors while they look for a server. */
const LOOKING = /Failed to discover|shut down|Channel closed/i

const codeOf = (cause: Error): number => ("code" in cause && typeof cause.code === "number" ? cause.code : -1)

/** The server took the request for nonsense: nothing was written, and repeating it would not help. */
export const isOurFault = (cause: unknown): boolean => {
  if (!(cause instanceof Error)) return false
  if (isCommandError(cause) && OUR_FAULT.includes(cause.type)) return true
  return [INVALID_ARGUMENT, OUT_OF_RANGE].includes(codeOf(cause))
}

/** The same request may succeed later: no leader, a restart, an answer that got lost. */
export const isPassing = (cause: unknown): boolean => {
  if (cause instanceof NoAnswer) return true
  if (!(cause instanceof Error) || isOurFault(cause)) return false
  if (REFUSING_CODES.includes(codeOf(cause))) return false
  if (isCommandError(cause)) return !REFUSING.includes(cause.type)
  return codeOf(cause) >= 0 || LOOKING.test(cause.message)
}

/** Repeats what is safe to repeat for `forMs` at most; throws what it last met. */
export const ridingOut = async <A>(forMs: number, attempt: () => Promise<A>): Promise<A> => {
  const deadline = Date.now() + forMs
  for (let wait = RETRY_DELAY_MS; ; wait = Math.min(wait * 2, MAX_RETRY_DELAY_MS)) {
    try {
      return await attempt()
    } catch (cause) {
      if (!isPassing(cause) || Date.now() + wait > deadline) throw cause
    }
    await delay(wait)
  }
}

/** The client waits without end for reads, and long for discovery: `work` counts as unanswered after `afterMs`. */
export const answeredWithin = async <A>(afterMs: number, work: Promise<A>): Promise<A> => {
  let timer: NodeJS.Timeout | undefined
  const tooLate = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new NoAnswer(afterMs)), afterMs)
  })
  try {
    return await Promise.race([work, tooLate])
  } finally {
    clearTimeout(timer)
  }
}

/** For a tagged error's `reason`: the kind of failure, never the data. */
export const reasonOf = (cause: unknown): string => {
  if (cause instanceof Error && isCommandError(cause)) return `${cause.type}: ${cause.message}`
  return cause instanceof Error ? cause.message || cause.name : String(cause)
}
