import type { Position as LogPosition } from "@eventstore/db-client"
import type { EventMeta, Position, RecordedEvent } from "#domain/kernel/envelope.ts"
import { streamOf } from "./log-connection.ts"

/** What the client gives of an event, whichever way it was read. */
export interface StoredEvent {
  readonly id: string
  readonly streamId: string
  readonly revision: bigint
  readonly type: string
  readonly isJson: boolean
  readonly data: unknown
  readonly metadata?: unknown
  readonly created: Date
  readonly position?: LogPosition
}

/** Something else wrote into our streams, or a part of the log is damaged. No reader may go on. */
export class NotOurEvent extends Error {
  constructor({ streamId, revision }: StoredEvent, why: string) {
    super(`event ${revision} of ${streamId} in EventStoreDB ${why}`)
  }
}

/** What servers before 22.6 send in a stream's events. */
const NO_POSITION = 2n ** 64n - 1n

/**
 * The place in the log of the server. Each event of a commit is a record of its own in `$all`, and its commit position is where that
 * record lies: distinct, increasing, with gaps.
 */
export const positionOf = (event: StoredEvent): Position => {
  const commit = event.position?.commit ?? NO_POSITION
  if (commit === NO_POSITION) throw new NotOurEvent(event, "came without its position: the server is older than 22.6")
  return commit
}

const isMeta = (metadata: unknown): metadata is EventMeta => {
  if (typeof metadata !== "object" || metadata === null) return false
  const { commandId, correlationId }: Partial<EventMeta> = metadata
  return typeof commandId === "string" && typeof correlationId === "string"
}

export const recordedEvent = (prefix: string, event: StoredEvent): RecordedEvent => {
  const { metadata } = event
  if (!event.isJson) throw new NotOurEvent(event, "is not JSON")
  if (!isMeta(metadata)) throw new NotOurEvent(event, "has no commandId and correlationId")
  return {
    id: event.id,
    position: positionOf(event),
    stream: streamOf(prefix, event.streamId),
    revision: Number(event.revision),
    type: event.type,
    data: event.data,
    meta: { commandId: metadata.commandId, correlationId: metadata.correlationId },
    recordedAt: event.created.getTime(),
  }
}
