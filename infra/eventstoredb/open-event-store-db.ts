import { EventStoreDBClient } from "@eventstore/db-client"
import { type EventStoreShape, EventStoreUnavailable } from "#commands/ports/event-store.ts"
import type { EventFeedShape } from "#projections/ports/event-feed.ts"
import { LogHead } from "../memory/log-head.ts"
import { closeConnection, lookInVainQuietly, serverVersion } from "./client-inside.ts"
import { eventStoreDbFeed, readHead } from "./event-feed.ts"
import { eventStoreDbStore } from "./event-store.ts"
import { watchHead } from "./head-watch.ts"
import { checkPrefix, type LogConnection } from "./log-connection.ts"
import { answeredWithin, reasonOf, ridingOut } from "./passing-failure.ts"

/** The first version that says where in the log a stream's event lies. */
const OLDEST_VERSION = { major: 22, minor: 6 } as const
const ANSWER_MS = 3_000
const OPEN_FOR_MS = 8_000
const CLOSE_MS = 2_000

export interface EventStoreDbOptions {
  /** This network's name among those that share the server: its streams are called `<prefix>:<stream>`. */
  readonly prefix: string
}

export interface EventStoreDbLog {
  readonly store: EventStoreShape
  readonly feed: EventFeedShape
  readonly close: () => Promise<void>
}

/**
 * The domain log in EventStoreDB. `connectionString` is `esdb://user:password@host:2113`, several hosts or `esdb+discover://` for a
 * cluster. Rejects with `EventStoreUnavailable` when no server answers or it is too old. Whether the server flushes before it answers
 * (`UnsafeDisableFlushToDisk` off) cannot be asked over this protocol: that is the operator's to keep.
 */
export const openEventStoreDb = async (connectionString: string, { prefix }: EventStoreDbOptions): Promise<EventStoreDbLog> => {
  checkPrefix(prefix)
  const log: LogConnection = { client: clientFor(connectionString), prefix }
  lookInVainQuietly.call(log.client)
  const closeLog = () => answeredWithin(CLOSE_MS, closeConnection.call(log.client)).catch(() => {})
  const head = new LogHead()
  try {
    checkVersion(await ridingOut(OPEN_FOR_MS, () => answeredWithin(ANSWER_MS, serverVersion.call(log.client))))
    head.advance(await ridingOut(OPEN_FOR_MS, () => readHead(log)))
  } catch (cause) {
    await closeLog()
    throw cause instanceof EventStoreUnavailable ? cause : new EventStoreUnavailable({ reason: `EventStoreDB: ${reasonOf(cause)}` })
  }
  const unwatch = watchHead(log, head)
  return {
    store: eventStoreDbStore(log, (position) => head.advance(position)),
    feed: eventStoreDbFeed(log, head),
    close: async () => {
      await unwatch()
      await closeLog()
    },
  }
}

/** The client's own complaint quotes what it could not read, which may be a password. */
const clientFor = (connectionString: string): EventStoreDBClient => {
  try {
    return EventStoreDBClient.connectionString(connectionString)
  } catch (cause) {
    const complaint = reasonOf(cause).replace(/^Unexpected "[^]*" at/, "unexpected text at")
    throw new EventStoreUnavailable({ reason: `the connection string of EventStoreDB cannot be used: ${complaint}` })
  }
}

const checkVersion = (version: string): void => {
  const [, major, minor] = /^(\d+)\.(\d+)/.exec(version) ?? []
  const [have, oldest] = [Number(major ?? 0) * 100 + Number(minor ?? 0), OLDEST_VERSION.major * 100 + OLDEST_VERSION.minor]
  if (have >= oldest) return
  const needed = `${OLDEST_VERSION.major}.${OLDEST_VERSION.minor}`
  throw new EventStoreUnavailable({ reason: `this server is EventStoreDB ${version}: use ${needed} or later, or another EVENT_STORE` })
}
