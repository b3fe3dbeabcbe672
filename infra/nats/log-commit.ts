import type { RecordedEvent } from "#domain/kernel/envelope.ts"
import type { Appended, Commit, NewEvent } from "#commands/ports/event-store.ts"
import { positionOf, streamOf } from "./log-layout.ts"

/** One message of the log: a whole commit. */
interface CommitBody {
  /** Of its first event. */
  readonly revision: number
  readonly events: readonly NewEvent[]
}

/** A commit as it lies in the log. */
export interface StoredCommit extends CommitBody {
  readonly subject: string
  readonly sequence: number
  readonly recordedAt: number
}

export interface StoredMessage {
  readonly subject: string
  readonly sequence: number
  /** RFC 3339. */
  readonly time: string
  readonly data: Uint8Array
}

/** The log holds something that no writer of ours can have put there. */
export class LogDamaged extends Error {}

export const encodeCommit = ({ expectedRevision, events }: Commit): Buffer => {
  const body: CommitBody = {
    revision: expectedRevision + 1,
    events: events.map(({ id, type, data, meta }) => ({ id, type, data, meta })),
  }
  return Buffer.from(JSON.stringify(body))
}

export const decodeCommit = ({ subject, sequence, time, data }: StoredMessage): StoredCommit => {
  try {
    const { revision, events } = JSON.parse(Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString()) as CommitBody
    if (!Number.isInteger(revision) || !Array.isArray(events) || events.length === 0) throw new Error("no revision or no events")
    return { subject, sequence, recordedAt: Date.parse(time), revision, events }
  } catch (cause) {
    throw new LogDamaged(`message ${sequence} on ${subject} is not a commit`, { cause })
  }
}

export const lastRevisionOf = ({ revision, events }: CommitBody): number => revision + events.length - 1

export const recordedEvents = (commit: StoredCommit): readonly RecordedEvent[] => {
  const { sequence, revision, recordedAt, events } = commit
  const stream = streamOf(commit.subject)
  return events.map(({ id, type, data, meta }, index) => {
    const position = positionOf(sequence, index, events.length)
    return { id, position, stream, revision: revision + index, type, data, meta, recordedAt }
  })
}

/** The place of `events` in a stored commit that holds all of them, in their order; null when it does not. */
export const placeWithin = (stored: StoredCommit, events: readonly NewEvent[]): Appended | null => {
  const first = stored.events.findIndex(({ id }) => id === events[0]?.id)
  const last = first + events.length - 1
  if (first < 0 || stored.events[last]?.id !== events.at(-1)?.id) return null
  return { revision: stored.revision + last, position: positionOf(stored.sequence, last, stored.events.length) }
}
