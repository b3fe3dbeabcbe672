import { UnknownError } from "@eventstore/db-client"
import { Effect } from "effect"
import { type Position, type RecordedEvent, START } from "#domain/kernel/envelope.ts"
import { type EventFeedShape, EventFeedUnavailable } from "#projections/ports/event-feed.ts"
import type { LogHead } from "../memory/log-head.ts"
import { type FilteredRead, readAllFiltered } from "./client-inside.ts"
import { type LogConnection, namesBegin } from "./log-connection.ts"
import { reasonOf, ridingOut } from "./passing-failure.ts"
import { collect, READ_FOR_MS } from "./read-stream.ts"
import { positionOf, recordedEvent, type StoredEvent } from "./recorded-event.ts"

const unavailable = (cause: unknown) => new EventFeedUnavailable({ reason: reasonOf(cause) })

/** Readers' side of the log: `$all` in its own order, our streams only. `head` is kept up to date by `watchHead` and our own appends. */
export const eventStoreDbFeed = (log: LogConnection, head: LogHead): EventFeedShape => ({
  read: (after, limit) =>
    Effect.tryPromise({ try: () => ridingOut(READ_FOR_MS, () => readAfter(log, after, limit)), catch: unavailable }),
  head: Effect.tryPromise({
    try: async () => {
      const position = await ridingOut(READ_FOR_MS, () => readHead(log))
      head.advance(position)
      return position
    },
    catch: unavailable,
  }),
  waitFor: (after) =>
    Effect.callback<void>((resume) => {
      const cancel = head.wait(after, () => resume(Effect.void))
      return Effect.sync(cancel)
    }),
})

const readAll = (log: LogConnection, read: Omit<FilteredRead, "namesBegin">): Promise<readonly StoredEvent[]> =>
  collect(readAllFiltered.call(log.client, { ...read, namesBegin: namesBegin(log.prefix) }))

/** The server reads from a position on, with the event there; ours is the one after. */
const readAfter = async (log: LogConnection, after: Position, limit: number): Promise<readonly RecordedEvent[]> => {
  const events = await readAll(log, { from: after, maxCount: limit + 1 }).catch((cause: unknown) => {
    if (!(cause instanceof UnknownError) || !NO_RECORD_THERE.test(cause.message)) throw cause
    return readAfterNowhere(log, after, limit)
  })
  return events
    .map((event) => recordedEvent(log.prefix, event))
    .filter(({ position }) => position > after)
    .slice(0, limit)
}

/** What the server says of a position at which no record begins: one that a person typed, or took for "the one before". */
const NO_RECORD_THERE = /FilteredReadAllResult/
const SEARCH_PAGE_EVENTS = 1_000

/** From the beginning of the log to the first event after `after`: slow, but right. */
const readAfterNowhere = async (log: LogConnection, after: Position, limit: number): Promise<readonly StoredEvent[]> => {
  for (let from = START; ; ) {
    const page = await readAll(log, { from, maxCount: SEARCH_PAGE_EVENTS })
    const newer = page.find((event) => positionOf(event) > after)
    if (newer !== undefined) return readAll(log, { from: positionOf(newer), maxCount: limit })
    const last = page.at(-1)
    if (last === undefined || page.length < SEARCH_PAGE_EVENTS) return []
    from = positionOf(last)
  }
}

/** Position of our newest event. */
export const readHead = async (log: LogConnection): Promise<Position> => {
  const [newest] = await readAll(log, { from: "END", maxCount: 1 })
  return newest === undefined ? START : positionOf(newest)
}
