import {
  type AppendExpectedRevision,
  type EventData,
  type JSONType,
  jsonEvent,
  NO_STREAM as NO_STREAM_YET,
  WrongExpectedVersionError,
} from "@eventstore/db-client"
import { NO_STREAM } from "#domain/kernel/envelope.ts"
import { type Appended, type Commit, type NewEvent, WrongExpectedRevision } from "#commands/ports/event-store.ts"
import { appendAlone } from "./client-inside.ts"
import { type LogConnection, nameOf } from "./log-connection.ts"
import { answeredWithin, ridingOut } from "./passing-failure.ts"
import { readPage } from "./read-stream.ts"
import { positionOf } from "./recorded-event.ts"

/** A leader is elected within a few seconds; a server that restarts and is away for longer is reported. */
const APPEND_FOR_MS = 15_000
/**
 * One attempt. The server gives up its own prepares and commits after 2 s, and never answers a repeated append whose first copy is not
 * replicated yet: both are asked again.
 */
const ATTEMPT_MS = 4_000

/**
 * Appends one commit. What became of an attempt without an answer is found out by sending the same event ids at the same revision
 * again: the server compares them with what lies at that revision and answers with the place they have.
 */
export const appendCommit = (log: LogConnection, commit: Commit): Promise<Appended> => {
  const events = commit.events.map(eventData)
  return ridingOut(APPEND_FOR_MS, () => answeredWithin(ATTEMPT_MS, attempt(log, commit, events)))
}

const attempt = async (log: LogConnection, commit: Commit, events: EventData[]): Promise<Appended> => {
  const { stream, expectedRevision } = commit
  try {
    const expected: AppendExpectedRevision = expectedRevision === NO_STREAM ? NO_STREAM_YET : BigInt(expectedRevision)
    const options = { expectedRevision: expected, requiresLeader: true, deadline: ATTEMPT_MS, batchAppendSize: 0 }
    const result = await appendAlone.call(log.client, nameOf(log.prefix, stream), events, options)
    if (!result.success) return await repeatedOrConflict(log, commit, Number(result.nextExpectedRevision))
    const revision = Number(result.nextExpectedRevision)
    return { revision, position: result.position?.commit ?? (await positionAt(log, stream, revision)) }
  } catch (cause) {
    if (!(cause instanceof WrongExpectedVersionError)) throw cause
    const actual = typeof cause.actualVersion === "bigint" ? Number(cause.actualVersion) : NO_STREAM
    return repeatedOrConflict(log, commit, actual)
  }
}

/** A conflict is one only if it is not this very commit that lies there. */
const repeatedOrConflict = async (log: LogConnection, commit: Commit, actual: number): Promise<Appended> => {
  const { stream, expectedRevision: expected, events } = commit
  const there = await readPage(log, { stream, fromRevision: expected + 1, maxCount: events.length })
  const last = there.at(-1)
  if (last !== undefined && there.length === events.length && there.every(({ id }, index) => id === events[index]?.id)) {
    return { revision: Number(last.revision), position: positionOf(last) }
  }
  throw new WrongExpectedRevision({ stream, expected, actual })
}

/** An answer to a repeated append may lack the position. */
const positionAt = async (log: LogConnection, stream: string, revision: number) => {
  const [event] = await readPage(log, { stream, fromRevision: revision, maxCount: 1 })
  if (event === undefined) throw new Error(`EventStoreDB acknowledged revision ${revision} of ${stream} and does not have it`)
  return positionOf(event)
}

const isJson = (data: unknown): data is JSONType => (typeof data === "object" && data !== null) || typeof data === "string"

const eventData = ({ id, type, data, meta }: NewEvent): EventData => {
  if (!isJson(data)) throw new Error(`the data of a ${type} is neither an object nor a text`)
  return jsonEvent({ id, type, data, metadata: { commandId: meta.commandId, correlationId: meta.correlationId } })
}
