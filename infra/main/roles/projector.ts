import { inferenceLogProjection } from "#projections/inference-log/project.ts"
import type { ProjectorOptions } from "#projections/runner.ts"
import { LIVE_SCHEMA } from "#projections/read-db.ts"
import { readModels } from "#projections/read-models.ts"
import { runProjector } from "#projections/runner.ts"
import { mongoSink } from "#projections/sinks/mongo.ts"
import { postgresSink } from "#projections/sinks/postgres.ts"
import { postgresProjectionLock } from "../../postgres/projection-lock.ts"
import { readModelDb } from "../../postgres/read-models.ts"
import { projectionLag } from "../../telemetry/projection-lag.ts"
import { inBackground } from "../in-background.ts"
import { leasedLock } from "../leased-lock.ts"
import { openInferenceLog } from "../open-inference-log.ts"
import type { Platform } from "../platform.ts"
import { projectorLog } from "../projector-log.ts"
import type { RunningRole } from "./role.ts"

/** Keeps the read models up to date, those in Postgres and, where there is one, in MongoDB. One of all that run is at work on each. */
export const startProjector = async (platform: Platform): Promise<RunningRole> => {
  const { config, pool, log, adapters, runtime, metrics } = platform
  const sink = postgresSink(readModelDb(pool), LIVE_SCHEMA)
  metrics.gauge(projectionLag({ engine: config.eventStore, feed: log.feed, sink, projections: readModels }))
  const inferenceLog = await openInferenceLog(config, "resultity-projector")
  const relational = project(platform, { sink, projections: readModels, lock: postgresProjectionLock(pool) })
  if (inferenceLog === null) return { url: null, ...inBackground(runtime, relational) }
  const documents = inBackground(
    runtime,
    project(platform, { sink: mongoSink(inferenceLog), projections: [inferenceLogProjection], lock: leasedLock(adapters.leases, "inference-log") }),
  )
  const tables = inBackground(runtime, relational)
  const stop = async (): Promise<void> => {
    await Promise.all([tables.stop(), documents.stop()])
    await inferenceLog.close()
  }
  return { url: null, stop }
}

const project = ({ log, adapters, logger }: Platform, what: Pick<ProjectorOptions, "sink" | "projections" | "lock">) =>
  runProjector({ feed: log.feed, ...what, observer: projectorLog(adapters.counters, logger) })
