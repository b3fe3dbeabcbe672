import type { KeyDirectory } from "#gateways/ports/key-directory.ts"
import { balanceQueries } from "#projections/balances/query.ts"
import { jobQueries } from "#projections/jobs/query.ts"
import { nodeQueries } from "#projections/nodes/query.ts"
import { nodeSignatures } from "../../crypto/node-signatures.ts"
import { memoryBus } from "../../memory/bus.ts"
import { memoryCounters } from "../../memory/counters.ts"
import { memoryJobStream } from "../../memory/job-stream.ts"
import { memoryLeases } from "../../memory/leases.ts"
import { memoryPlaces } from "../../memory/places.ts"
import { memoryPresence } from "../../memory/presence.ts"
import { memoryRateLimit } from "../../memory/rate-limit.ts"
import { recentContents } from "../../memory/recent-contents.ts"
import { memoryTelemetry } from "../../memory/telemetry.ts"
import { DEFAULT_RETENTION_MS, postgresContentStore } from "../../postgres/content-store.ts"
import { openWork } from "../../postgres/open-work.ts"
import type { DataFolder } from "../data-folder.ts"
import { keyMinter } from "../../crypto/key-minter.ts"
import { alertWatchOf } from "./alert-watch-of.ts"
import { contentDutiesOf } from "./content-duties-of.ts"
import { webhookAdapters } from "./webhook-adapters.ts"
import { openTransfersOf } from "./open-transfers-of.ts"
import { postgresAnswers } from "../readiness.ts"
import type { OpenedAdapters } from "./platform-adapters.ts"

/** The embedded profile: log, content and read models in Postgres, everything that may be lost in this process. */
export const embeddedAdapters = ({ config, pool, log, readDb, secrets, logger }: DataFolder): OpenedAdapters => {
  const counters = memoryCounters()
  const { open } = jobQueries(readDb)
  const { openHolds } = balanceQueries(readDb)
  const adapters = {
    environment: config.environment,
    store: log.store,
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
    leases: memoryLeases(),
    rateLimit: memoryRateLimit(Date.now),
    places: memoryPlaces(),
    telemetry: memoryTelemetry(),
    cacheKeys: (keys: KeyDirectory) => keys,
    contentDuties: contentDutiesOf(readDb),
    alertWatch: alertWatchOf(readDb),
    webhooks: webhookAdapters({ config, pool, secrets }),
    keyMinter: keyMinter(secrets.keyPepper),
    openTransfers: openTransfersOf(readDb),
    openWork: openWork({ openJobs: open, openHolds, openSessions: nodeQueries(readDb).openSessions }),
    presence: memoryPresence(),
    signatures: nodeSignatures(secrets.networkKey),
  }
  return { adapters, checks: { postgres: postgresAnswers(pool) }, close: async () => {} }
}
