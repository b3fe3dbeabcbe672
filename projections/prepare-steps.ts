import { Result } from "effect"
import type { Position, RecordedEvent } from "#domain/kernel/envelope.ts"
import { decode, type Placed } from "./log-event.ts"
import type { Step } from "./ports/projection-sink.ts"
import type { Projection } from "./projection.ts"
import type { Write } from "./writes.ts"

/** A projection in motion: where it is, and how far it may go now. */
export interface Cursor {
  readonly projection: Projection
  readonly position: Position
  /** Inclusive; null for as far as there are events. */
  readonly ceiling: Position | null
}

/** An event that a projection cannot take, and why. */
export interface Stop {
  readonly projection: string
  readonly at: Position
  readonly reason: string
}

export type Readable =
  | { readonly _tag: "Known"; readonly event: Placed }
  | { readonly _tag: "Unknown"; readonly type: string; readonly position: Position }
  | { readonly _tag: "Malformed"; readonly type: string; readonly position: Position; readonly reason: string }

/** Decoded once for all projections. */
export const readable = (recorded: RecordedEvent): Readable => {
  const { position, stream, type } = recorded
  const decoded = decode(recorded)
  if (Result.isSuccess(decoded)) return { _tag: "Known", event: { ...decoded.success, position, stream } }
  const { failure } = decoded
  if (failure._tag === "UnknownEventType") return { _tag: "Unknown", type, position }
  return { _tag: "Malformed", type, position, reason: failure.reason }
}

export const positionOf = (event: Readable): Position => (event._tag === "Known" ? event.event.position : event.position)

export interface Prepared {
  readonly step: Step
  /** The event at which the projection must stop, once the step is taken. */
  readonly stop: Stop | null
}

/** What the events mean to one projection, as far as it may and can go. */
export const prepare = ({ projection, position, ceiling }: Cursor, events: readonly Readable[]): Prepared => {
  const writes: Write[] = []
  let to = position
  const prepared = (stop: Stop | null): Prepared => ({ step: { projection, from: position, to, writes }, stop })
  for (const event of events) {
    const at = positionOf(event)
    if (at <= position) continue
    if (ceiling !== null && at > ceiling) break
    const result = project(projection, event)
    if (Result.isFailure(result)) return prepared({ projection: projection.name, at, reason: result.failure })
    writes.push(...result.success)
    to = at
  }
  return prepared(null)
}

const NOTHING: readonly Write[] = []

const project = (projection: Projection, event: Readable): Result.Result<readonly Write[], string> => {
  switch (event._tag) {
    case "Unknown":
      return Result.succeed(NOTHING)
    case "Malformed":
      return projection.handles(event.type) ? Result.fail(`malformed ${event.type}: ${event.reason}`) : Result.succeed(NOTHING)
    case "Known":
      return Result.try({ try: () => projection.project(event.event), catch: (cause) => `rule failed: ${String(cause)}` })
  }
}
