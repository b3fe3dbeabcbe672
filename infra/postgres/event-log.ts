import type pg from "pg"
import type { EventStoreShape } from "#commands/ports/event-store.ts"
import type { EventFeedShape } from "#projections/ports/event-feed.ts"
import { postgresEventFeed } from "./event-feed.ts"
import { postgresEventStore } from "./event-store.ts"
import { watchHead } from "./head-watch.ts"
import { LogHead } from "../memory/log-head.ts"

export interface PostgresLog {
  readonly store: EventStoreShape
  readonly feed: EventFeedShape
  /** Ends the LISTEN connection; the pool stays open. */
  readonly close: () => Promise<void>
}

/** Store and feed of one process over one pool: an append here wakes the feed here without a round trip. */
export const openPostgresLog = (pool: pg.Pool): PostgresLog => {
  const head = new LogHead()
  return {
    store: postgresEventStore(pool, (position) => head.advance(position)),
    feed: postgresEventFeed(pool, head),
    close: watchHead(pool, head),
  }
}
