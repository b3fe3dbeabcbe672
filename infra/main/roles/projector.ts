import { LIVE_SCHEMA } from "#projections/read-db.ts"
import { readModels } from "#projections/read-models.ts"
import { runProjector } from "#projections/runner.ts"
import { postgresSink } from "#projections/sinks/postgres.ts"
import { postgresProjectionLock } from "../../postgres/projection-lock.ts"
import { readModelDb } from "../../postgres/read-models.ts"
import { projectionLag } from "../../telemetry/projection-lag.ts"
import { inBackground } from "../in-background.ts"
import type { Platform } from "../platform.ts"
import { projectorLog } from "../projector-log.ts"
import type { RunningRole } from "./role.ts"

/** Keeps the read models up to date. One of all that run is at work, the others wait for its lock. */
export const startProjector = async ({ config, pool, log, adapters, runtime, logger, metrics }: Platform): Promise<RunningRole> => {
  const sink = postgresSink(readModelDb(pool), LIVE_SCHEMA)
  metrics.gauge(projectionLag({ engine: config.eventStore, feed: log.feed, sink, projections: readModels }))
  const projecting = runProjector({
    feed: log.feed,
    sink,
    projections: readModels,
    lock: postgresProjectionLock(pool),
    observer: projectorLog(adapters.counters, logger),
  })
  return { url: null, ...inBackground(runtime, projecting) }
}
