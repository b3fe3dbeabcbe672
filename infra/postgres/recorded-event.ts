import type { RecordedEvent } from "#domain/kernel/envelope.ts"

/** A row of log.events as pg gives it: bigint as text. */
export interface EventRow {
  readonly position: string
  readonly stream: string
  readonly revision: number
  readonly id: string
  readonly type: string
  readonly data: string
  readonly command_id: string
  readonly correlation_id: string
  readonly recorded_at: string
}

export const EVENT_COLUMNS = `"position", stream, revision, id, type, data, command_id, correlation_id, recorded_at`

export const recordedEvent = (row: EventRow): RecordedEvent => ({
  id: row.id,
  position: BigInt(row.position),
  stream: row.stream,
  revision: row.revision,
  type: row.type,
  data: JSON.parse(row.data),
  meta: { commandId: row.command_id, correlationId: row.correlation_id },
  recordedAt: Number(row.recorded_at),
})
