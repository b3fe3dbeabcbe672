import { Effect, type ManagedRuntime } from "effect"
import { Commands } from "#commands/handle.ts"
import { publishPolicy } from "#commands/network-config/publish-policy.ts"
import { defaultPolicy, networkConfig } from "#domain/network-config/index.ts"
import type { DataFolder } from "./data-folder.ts"
import { embeddedAdapters, type PlatformAdapters } from "./network-adapters.ts"
import { networkRuntime, type NetworkServices } from "./network-layers.ts"
import { type Check, postgresAnswers } from "./readiness.ts"

/** What every role is made of: the log, the tables, the secrets, and each port bound to its adapter. */
export interface Platform extends Pick<DataFolder, "pool" | "log" | "readDb" | "secrets" | "logger"> {
  readonly adapters: PlatformAdapters
  readonly runtime: ManagedRuntime.ManagedRuntime<NetworkServices, never>
  /** What must answer for this process to be ready. */
  readonly checks: Readonly<Record<string, Check>>
  /** Aborted when the process is told to stop. */
  readonly stopping: AbortSignal
  readonly close: () => Promise<void>
}

/** Everything in this process and the folder's Postgres. */
export const embeddedPlatform = async (folder: DataFolder): Promise<Platform> => {
  const { pool, log, readDb, secrets, logger } = folder
  const adapters = embeddedAdapters({ pool, store: log.store, readDb, secrets, logger })
  const runtime = networkRuntime(adapters, { soleWriter: true })
  await runtime.runPromise(ensurePolicy(adapters.environment))
  const checks = { postgres: postgresAnswers(pool) }
  return { pool, log, readDb, secrets, logger, adapters, runtime, checks, stopping: folder.interrupted, close: () => runtime.dispose() }
}

/** A new network starts under the default rules; one that has rules keeps them. */
const ensurePolicy = Effect.fnUntraced(function* (environment: PlatformAdapters["environment"]) {
  const { load } = yield* Commands
  const { current } = yield* load(networkConfig, environment)
  if (current === null) yield* publishPolicy(environment, defaultPolicy)
})
