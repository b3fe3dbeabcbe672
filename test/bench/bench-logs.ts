import { jetstream, jetstreamManager, type JetStreamClient, type JetStreamManager } from "@nats-io/jetstream"
import { openPostgresLog } from "#infra/postgres/event-log.ts"
import { migrate } from "#infra/postgres/migrate.ts"
import { openPool } from "#infra/postgres/pool.ts"
import { connectNats } from "#infra/nats/connect.ts"
import { openNatsEventLog } from "#infra/nats/event-log.ts"
import { logLayout } from "#infra/nats/log-layout.ts"
import type { ScratchEngines } from "./scratch-engines.ts"

interface LogPlace {
  readonly prefix: string
  readonly replicas: 1 | 3
}

/** A domain log on JetStream, and the client beneath for what goes past it. */
export interface JetstreamLog extends Awaited<ReturnType<typeof openNatsEventLog>> {
  /** The JetStream stream of the log, and the subject of one of our streams in it. */
  readonly stream: string
  readonly subjectOf: (stream: string) => string
  readonly js: JetStreamClient
  readonly manager: JetStreamManager
}

/** Over two connections: what goes past the log does not wait behind it. */
export const jetstreamLog = async ({ env }: ScratchEngines, { prefix, replicas }: LogPlace): Promise<JetstreamLog> => {
  const [urlName, monitorName] = replicas === 1 ? ["NATS_URL", "NATS_MONITOR_URL"] : ["NATS_CLUSTER_URL", "NATS_CLUSTER_MONITOR_URL"]
  const url = env[urlName] ?? ""
  const [forLog, raw] = await Promise.all([connectNats({ url, name: "bench-log" }), connectNats({ url, name: "bench-raw" })])
  const log = await openNatsEventLog(forLog, { prefix, replicas, monitorUrls: env[monitorName]?.split(",") ?? [] })
  const close = async (): Promise<void> => {
    await log.close()
    await Promise.all([forLog.close(), raw.close()])
  }
  const { stream, subjectOf } = logLayout(prefix)
  return { ...log, stream, subjectOf, js: jetstream(raw), manager: await jetstreamManager(raw), close }
}

/** A domain log on Postgres, with the schema that it and read models need. */
export const postgresLogOn = async ({ env }: ScratchEngines) => {
  const url = env["DATABASE_URL"] ?? ""
  const pool = openPool(url)
  await migrate(pool)
  const log = openPostgresLog(pool)
  const close = async (): Promise<void> => {
    await log.close()
    await pool.end()
  }
  return { ...log, url, pool, close }
}
