import { Effect} from "effect"
import type pg from "pg"
import type { Position, RecordedEvent } from "#domain/kernel/envelope.ts"
import { type EventFeedShape, EventFeedUnavailable } from "#projections/ports/event-feed.ts"
import { reasonOf, ridingOutRestarts } from "./connection-retry.ts"
import { readHead } from "./head-watch.ts"
import type { LogHead } from "../memory/log-head.ts"
import { EVENT_COLUMNS, type EventRow, recordedEvent } from "./recorded-event.ts"

const READ = `select ${EVENT_COLUMNS} from log.events where "position" > $1 order by "position" limit $2`

const unavailable = (cause: unknown) => new EventFeedUnavailable({ reason: reasonOf(cause) })

/** Readers' side of the log; `head` is kept up to date by `watchHead` and by this process's own appends. */
export const postgresEventFeed = (pool: pg.Pool, head: LogHead): EventFeedShape => ({
  read: (after, limit) => Effect.tryPromise({ try: () => readAfter(pool, after, limit), catch: unavailable }),
  head: Effect.tryPromise({
    try: async () => {
      const position = await ridingOutRestarts(() => readHead(pool))
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

const readAfter = async (pool: pg.Pool, after: Position, limit: number): Promise<readonly RecordedEvent[]> => {
  const query = { name: "log-read", text: READ, values: [String(after), limit] }
  const { rows } = await ridingOutRestarts(() => pool.query<EventRow>(query))
  return rows.map(recordedEvent)
}
