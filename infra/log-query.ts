import { Effect } from "effect"
import type { Position, RecordedEvent } from "#domain/kernel/envelope.ts"
import type { EventFeedShape, EventFeedUnavailable } from "#projections/ports/event-feed.ts"

export interface LogQuery {
  /** Exclusive. */
  readonly after: Position
  readonly limit: number
  /** A stream's name, or the beginning of one with `*` at the end. */
  readonly stream?: string | undefined
  readonly type?: string | undefined
  readonly correlationId?: string | undefined
}

const SCAN_BATCH_EVENTS = 1_000

/** Reads the whole log behind `after` until enough events meet the conditions: for engines that cannot look events up by them. */
export const scanLog = Effect.fnUntraced(function* (
  feed: EventFeedShape,
  query: LogQuery,
): Effect.fn.Return<readonly RecordedEvent[], EventFeedUnavailable> {
  const found: RecordedEvent[] = []
  let { after } = query
  while (found.length < query.limit) {
    const batch = yield* feed.read(after, SCAN_BATCH_EVENTS)
    const last = batch.at(-1)
    if (last === undefined) break
    for (const event of batch) if (meets(event, query) && found.length < query.limit) found.push(event)
    after = last.position
  }
  return found
})

const meets = (event: RecordedEvent, { stream, type, correlationId }: LogQuery): boolean =>
  (stream === undefined || (stream.endsWith("*") ? event.stream.startsWith(stream.slice(0, -1)) : event.stream === stream)) &&
  (type === undefined || event.type === type) &&
  (correlationId === undefined || event.meta.correlationId === correlationId)
