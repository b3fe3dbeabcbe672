import { Effect, Layer } from "effect"
import type pg from "pg"
import { EventStore, type EventStoreShape } from "#commands/ports/event-store.ts"
import type { RecordedEvent } from "#domain/kernel/envelope.ts"
import { EventFeed, type EventFeedShape } from "#projections/ports/event-feed.ts"
import type { PlatformConfig } from "../config/platform-config.ts"
import { required } from "../config/required.ts"
import { type LogQuery, scanLog } from "../log-query.ts"
import { openPostgresLog } from "../postgres/event-log.ts"
import { selectFromLog } from "../postgres/log-selection.ts"

/** The domain log behind this process's configuration. */
export interface EventLog {
  readonly store: EventStoreShape
  readonly feed: EventFeedShape
  /** Events in global order that meet the conditions: what a person looks for. */
  readonly select: (query: LogQuery) => Promise<readonly RecordedEvent[]>
  readonly close: () => Promise<void>
}

/** Names what is behind each engine's log in Effect's services. */
export const logLayer = ({ store, feed }: EventLog): Layer.Layer<EventStore | EventFeed> =>
  Layer.merge(Layer.succeed(EventStore, store), Layer.succeed(EventFeed, feed))

/** Engines are loaded when they are used: the embedded profile starts without their clients. */
export const openLog = (config: PlatformConfig, pool: pg.Pool): Promise<EventLog> => LOGS[config.eventStore](config, pool)

const LOGS: Readonly<Record<PlatformConfig["eventStore"], (config: PlatformConfig, pool: pg.Pool) => Promise<EventLog>>> = {
  postgres: async (_config, pool) => {
    const log = openPostgresLog(pool)
    return { ...log, select: (query) => selectFromLog(pool, query) }
  },
  nats: async (config) => {
    const [{ connectNats }, { openNatsEventLog }, { natsIdentity }] = await Promise.all([
      import("../nats/connect.ts"),
      import("../nats/event-log.ts"),
      import("../nats/accounts/credentials-file.ts"),
    ])
    const identity = await natsIdentity(config.natsCredentials)
    const connection = await connectNats({ url: required(config, "natsUrl"), name: "resultity-log", ...identity })
    try {
      const monitorUrls = config.natsMonitorUrl?.split(",") ?? []
      const options = { prefix: `resultity-${config.environment}`, replicas: config.natsReplicas, monitorUrls }
      const log = await openNatsEventLog(connection, options)
      const close = async (): Promise<void> => {
        await log.close()
        await connection.close()
      }
      return scanned({ ...log, close })
    } catch (cause) {
      await connection.close()
      throw cause
    }
  },
  eventstoredb: async (config) => {
    const { openEventStoreDb } = await import("../eventstoredb/open-event-store-db.ts")
    return scanned(await openEventStoreDb(required(config, "eventstoreUrl"), { prefix: `resultity-${config.environment}` }))
  },
}

const scanned = (log: Omit<EventLog, "select">): EventLog => ({
  ...log,
  select: (query) => Effect.runPromise(scanLog(log.feed, query)),
})
