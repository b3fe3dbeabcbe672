import { Effect, type ManagedRuntime } from "effect"
import { Commands } from "#commands/handle.ts"
import { noTracing, type TracingShape } from "#commands/ports/tracing.ts"
import { publishPolicy } from "#commands/network-config/publish-policy.ts"
import { defaultPolicy, networkConfig } from "#domain/network-config/index.ts"
import { embeddedAdapters } from "./adapters/embedded.ts"
import type { OpenedAdapters, PlatformAdapters } from "./adapters/platform-adapters.ts"
import type { DataFolder } from "./data-folder.ts"
import { traceJobs } from "../telemetry/traced-jobs.ts"
import type { RoleName } from "./roles/role-names.ts"
import { openTracing } from "../telemetry/open-tracing.ts"
import { nodesByState } from "../telemetry/platform-gauges.ts"
import { type ProcessMetrics, processMetrics } from "../telemetry/process-metrics.ts"
import { networkRuntime, type NetworkServices } from "./network-layers.ts"
import type { Check } from "./readiness.ts"

/** What every role is made of: the log, the tables, the secrets, and each port bound to its adapter. */
export interface Platform extends Pick<DataFolder, "config" | "pool" | "log" | "readDb" | "secrets" | "logger"> {
  readonly adapters: PlatformAdapters
  readonly metrics: ProcessMetrics
  readonly tracing: TracingShape
  readonly runtime: ManagedRuntime.ManagedRuntime<NetworkServices, never>
  /** What must answer for this process to be ready. */
  readonly checks: Readonly<Record<string, Check>>
  /** Aborted when the process is told to stop. */
  readonly stopping: AbortSignal
  readonly close: () => Promise<void>
}

/** Everything in this process and the folder's Postgres. */
export const embeddedPlatform = (folder: DataFolder): Promise<Platform> =>
  platformOf(folder, embeddedAdapters(folder), { soleWriter: true, service: "resultity" })

/** One process of many, on the engines of the configuration. */
export const distributedPlatform = async (folder: DataFolder, role: RoleName): Promise<Platform> => {
  const { distributedAdapters } = await import("./adapters/distributed.ts")
  return platformOf(folder, await distributedAdapters(folder, role), { soleWriter: false, service: `resultity-${role}` })
}

const platformOf = async (
  folder: DataFolder,
  { adapters, checks, close }: OpenedAdapters,
  { soleWriter, service }: { readonly soleWriter: boolean; readonly service: string },
): Promise<Platform> => {
  const { config, pool, log, readDb, secrets, logger, interrupted: stopping } = folder
  const { counters, presence } = adapters
  const metrics = processMetrics(counters)
  metrics.gauge(nodesByState(presence, readDb))
  const tracing = await openTracing(process.env, { service, counters })
  const runtime = networkRuntime(adapters, { soleWriter, traced: tracing === null ? null : traceJobs(tracing) })
  const closeAll = async (): Promise<void> => {
    await runtime.dispose()
    await tracing?.close()
    await close()
  }
  try {
    await runtime.runPromise(ensurePolicy(adapters.environment))
    return { config, pool, log, readDb, secrets, logger, adapters, metrics, tracing: tracing ?? noTracing, runtime, checks, stopping, close: closeAll }
  } catch (cause) {
    await closeAll()
    throw cause
  }
}

/** A new network starts under the default rules; one that has rules keeps them. */
const ensurePolicy = Effect.fnUntraced(function* (environment: PlatformAdapters["environment"]) {
  const { load } = yield* Commands
  const { current } = yield* load(networkConfig, environment)
  if (current === null) yield* publishPolicy(environment, defaultPolicy)
})
