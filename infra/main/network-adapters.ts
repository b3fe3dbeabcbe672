import type pg from "pg"
import type { Logger } from "pino"
import type { EventStoreShape } from "#commands/ports/event-store.ts"
import { balanceQueries } from "#projections/balances/query.ts"
import { jobQueries } from "#projections/jobs/query.ts"
import type { ReadDb } from "#projections/read-db.ts"
import type { Secrets } from "../config/secrets.ts"
import { nodeSignatures } from "../crypto/node-signatures.ts"
import { memoryBus } from "../memory/bus.ts"
import { memoryCounters } from "../memory/counters.ts"
import { memoryJobStream } from "../memory/job-stream.ts"
import { recentContents } from "../memory/recent-contents.ts"
import { memoryPresence } from "../memory/presence.ts"
import { DEFAULT_RETENTION_MS, postgresContentStore } from "../postgres/content-store.ts"
import { openWork } from "../postgres/open-work.ts"

export interface AdapterSources {
  readonly pool: pg.Pool
  readonly store: EventStoreShape
  readonly readDb: ReadDb
  readonly secrets: Secrets
  readonly logger: Logger
}

/** The embedded profile: log, content and read models in Postgres, everything that may be lost in this process. */
export const embeddedAdapters = ({ pool, store, readDb, secrets, logger }: AdapterSources) => {
  const counters = memoryCounters()
  const { open } = jobQueries(readDb)
  const { openHolds } = balanceQueries(readDb)
  return {
    environment: "testnet",
    store,
    logger,
    counters,
    bus: memoryBus((cause) => {
      counters.increment("bus_handler_failed_total")
      logger.error({ err: cause }, "a bus handler threw")
    }),
    content: recentContents(
      postgresContentStore(pool, { rootKey: secrets.contentRootKey, retentionMs: DEFAULT_RETENTION_MS, now: Date.now }),
    ),
    jobStream: memoryJobStream(counters),
    openWork: openWork({ openJobs: open, openHolds }),
    presence: memoryPresence(),
    signatures: nodeSignatures(secrets.networkKey),
  } as const
}

export type PlatformAdapters = ReturnType<typeof embeddedAdapters>
