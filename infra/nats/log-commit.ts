import type { RecordedEvent } from "#domain/kernel/envelope.ts"
import type { Appended, Commit, NewEvent } from "#commands/ports/event-store.ts"
import { positionOf } from "./log-layout.ts"

/**
 * One message of the log: a whole commit. All that readers need is in here, because reading a message with its headers takes twice as
 * long as reading it without.
 */
interface CommitBody {
  readonly stream: string
  /** On the writer's clock. */
  readonly recordedAt: number
  /** Of its first event. */
  readonly revision: number
  readonly events: readonly NewEvent[]
}

/** A commit as it lies in the log. */
export interface StoredCommit extends CommitBody {
  readonly sequence: number
}

/** The log holds something that no writer of ours can have put there. */
export class LogDamaged extends Error {}

export const encodeCommit = ({ stream, expectedRevision, events }: Commit): Buffer => {
  const body: CommitBody = {
    stream,
    recordedAt: Date.now(),
    revision: expectedRevision + 1,
    events: events.map(({ id, type, data, meta }) => ({ id, type, data, meta })),
  }
  return Buffer.from(JSON.stringify(body))
}

export const decodeCommit = (sequence: number, bytes: Uint8Array): StoredCommit => {
  try {
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString()
    const { stream, recordedAt, revision, events } = JSON.parse(text) as CommitBody
    if (typeof stream !== "string" || !Number.isInteger(revision) || !Array.isArray(events) || events.length === 0) {
      throw new Error("no stream, no revision or no events")
    }
    return { sequence, stream, recordedAt, revision, events }
  } catch (cause) {
    throw new LogDamaged(`message ${sequence} of the log is not a commit`, { cause })
  }
}

export const lastRevisionOf = ({ revision, events }: Pick<CommitBody, "revision" | "events">): number => revision + events.length - 1

export const recordedEvents = ({ stream, sequence, revision, recordedAt, events }: StoredCommit): readonly RecordedEvent[] =>
  events.map(({ id, type, data, meta }, index) => {
    const position = positionOf(sequence, index, events.length)
    return { id, position, stream, revision: revision + index, type, data, meta, recordedAt }
  })

/** The place of `events` in a stored commit that holds all of them, in their order; null when it does not. */
export const placeWithin = (stored: StoredCommit, events: readonly NewEvent[]): Appended | null => {
  const first = stored.events.findIndex(({ id }) => id === events[0]?.id)
  const last = first + events.length - 1
  if (first < 0 || stored.events[last]?.id !== events.at(-1)?.id) return null
  return { revision: stored.revision + last, position: positionOf(stored.sequence, last, stored.events.length) }
}
