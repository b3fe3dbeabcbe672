/** A place in the one global order of the log, as a decimal string in JSON. `0n` is before the first event. */
export type Position = bigint

export const START: Position = 0n

/** Revision of a stream that does not exist yet. The first event of a stream has revision 0. */
export const NO_STREAM = -1

export interface EventMeta {
  /** The command this event came from; a repeated command finds its own events again. */
  readonly commandId: string
  /** What the whole story belongs to: a job id where there is one. */
  readonly correlationId: string
}

/** An event as the log keeps it. `data` is plain JSON, not yet decoded. */
export interface RecordedEvent {
  readonly id: string
  readonly position: Position
  readonly stream: string
  readonly revision: number
  readonly type: string
  readonly data: unknown
  readonly meta: EventMeta
  /** Milliseconds since 1970 on the store's clock. For people; no rule reads it. */
  readonly recordedAt: number
}

export const categoryOf = (stream: string): string => stream.slice(0, stream.indexOf("-"))

export const idOf = (stream: string): string => stream.slice(stream.indexOf("-") + 1)
