import process from "node:process"
import { balanceQueries } from "#projections/balances/query.ts"
import { jobQueries } from "#projections/jobs/query.ts"
import { nodeQueries } from "#projections/nodes/query.ts"
import { nodeSignatures } from "../../crypto/node-signatures.ts"
import { type MemoryCounters, memoryCounters } from "../../memory/counters.ts"
import { recentContents } from "../../memory/recent-contents.ts"
import { openWork } from "../../postgres/open-work.ts"
import type { DataFolder } from "../data-folder.ts"
import { keyMinter } from "../../crypto/key-minter.ts"
import { alertWatchOf } from "./alert-watch-of.ts"
import { contentDutiesOf } from "./content-duties-of.ts"
import { webhookAdapters } from "./webhook-adapters.ts"
import { openTransfersOf } from "./open-transfers-of.ts"
import { postgresAnswers } from "../readiness.ts"
import type { RoleName } from "../roles/role-names.ts"
import { openBus } from "./open-bus.ts"
import { openContent } from "./open-content.ts"
import { openHotState } from "./open-hot-state.ts"
import { openJobStream } from "./open-job-stream.ts"
import { openTelemetry } from "./open-telemetry.ts"
import type { OpenedAdapters } from "./platform-adapters.ts"

/** What each opening function gets. */
export interface DistributedParts extends Pick<DataFolder, "config" | "pool" | "secrets" | "logger"> {
  readonly counters: MemoryCounters
  readonly role: RoleName
  /** What servers call this process. */
  readonly name: string
  /** To be called when the process ends, last one first. */
  readonly onClose: (step: () => Promise<void> | void) => void
}

/** The distributed profile: each port on the engine that the configuration names. */
export const distributedAdapters = async ({ config, pool, log, readDb, secrets, logger }: DataFolder, role: RoleName): Promise<OpenedAdapters> => {
  const closing: (() => Promise<void> | void)[] = []
  const close = async (): Promise<void> => {
    for (const step of closing.splice(0).reverse()) await step()
  }
  const counters = memoryCounters()
  const name = `resultity-${role}-${process.pid}`
  const parts: DistributedParts = { config, pool, secrets, logger, counters, role, name, onClose: (step) => void closing.push(step) }
  try {
    const { bus, nats, natsAnswers } = await openBus(parts)
    const { presence, leases, rateLimit, places, cacheKeys, redisAnswers } = await openHotState(parts)
    const telemetry = await openTelemetry(parts, nats)
    const jobStream = await openJobStream(parts, nats)
    const { content, checks: contentChecks } = await openContent(parts)
    const adapters = {
      environment: config.environment,
      store: log.store,
      logger, counters, bus, presence, leases, rateLimit, places, cacheKeys, jobStream, telemetry,
      content: recentContents(content),
      contentDuties: contentDutiesOf(readDb),
      alertWatch: alertWatchOf(readDb),
      webhooks: webhookAdapters({ config, pool, secrets }),
      keyMinter: keyMinter(secrets.keyPepper),
      openTransfers: openTransfersOf(readDb),
      openWork: openWork({ openJobs: jobQueries(readDb).open, openHolds: balanceQueries(readDb).openHolds, openSessions: nodeQueries(readDb).openSessions }),
      signatures: nodeSignatures(secrets.networkKey),
    }
    const checks = { postgres: postgresAnswers(pool), nats: natsAnswers, redis: redisAnswers, ...contentChecks }
    return { adapters, checks, close }
  } catch (cause) {
    await close()
    throw cause
  }
}
