import { Effect, Result } from "effect"
import type { EventFeedShape } from "#projections/ports/event-feed.ts"
import type { Appended, Commit, EventStoreShape } from "#commands/ports/event-store.ts"
import { eventId, uuidV7 } from "#commands/ids.ts"
import { NO_STREAM, type Position, type RecordedEvent } from "#domain/kernel/envelope.ts"

/** Store and feed as one process has them. */
export interface LogHandle {
  readonly store: EventStoreShape
  readonly feed: EventFeedShape
}

/** A new commit of `size` events, each with data that tells it apart. */
export const commitOf = (stream: string, expectedRevision: number, size = 1): Commit => {
  const commandId = uuidV7()
  const events = Array.from({ length: size }, (_, index) => ({
    id: eventId(commandId, index),
    type: "Tested",
    data: { commandId, index, text: 'ü "quoted" \\ \u0000 {a,b}' },
    meta: { commandId, correlationId: stream },
  }))
  return { stream, expectedRevision, events }
}

export const newStream = (): string => `contract-${uuidV7()}`

export const run = <A, E>(effect: Effect.Effect<A, E>): Promise<A> => Effect.runPromise(effect)

export const attempt = <A, E>(effect: Effect.Effect<A, E>): Promise<Result.Result<A, E>> => Effect.runPromise(Effect.result(effect))

/** Appends one event wherever the stream ends, as often as it takes. */
export const appendAnyhow = async (store: EventStoreShape, stream: string): Promise<Appended> => {
  let expected = NO_STREAM
  for (;;) {
    const result = await attempt(store.append(commitOf(stream, expected)))
    if (Result.isSuccess(result)) return result.success
    if (result.failure._tag === "EventStoreUnavailable") throw result.failure
    expected = result.failure.actual
  }
}

const PAGE = 500

/** Everything after `after`, page by page. */
export const readAll = async (feed: EventFeedShape, after: Position = 0n): Promise<readonly RecordedEvent[]> => {
  const all: RecordedEvent[] = []
  for (;;) {
    const page = await run(feed.read(all.at(-1)?.position ?? after, PAGE))
    if (page.length === 0) return all
    all.push(...page)
  }
}

/** Follows the feed as a projection does until `count` events after `after` have come. */
export const tail = async (
  feed: EventFeedShape,
  { after, count }: { readonly after: Position; readonly count: number },
): Promise<readonly RecordedEvent[]> => {
  const seen: RecordedEvent[] = []
  while (seen.length < count) {
    const position = seen.at(-1)?.position ?? after
    await run(feed.waitFor(position))
    seen.push(...(await run(feed.read(position, PAGE))))
  }
  return seen
}
