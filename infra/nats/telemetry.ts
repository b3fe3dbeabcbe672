import { setTimeout as delay } from "node:timers/promises"
import { DiscardPolicy, jetstreamManager, RetentionPolicy, StorageType } from "@nats-io/jetstream"
import { type NatsConnection, nanos } from "@nats-io/transport-node"
import type { CountersShape } from "#commands/ports/counters.ts"
import type { TelemetryShape } from "#commands/ports/telemetry.ts"
import { ensureStream } from "./ensure-stream.ts"
import { MAX_RECORD_BYTES, TelemetryBuffer } from "./telemetry-buffer.ts"

export const RETENTION_MS = 7 * 24 * 60 * 60_000
const MAX_STREAM_BYTES = 1024 ** 3
const GATHER_MS = 250
const PUBLISH_MS = 5_000
const RETRY_MS = 1_000
/** For what is still buffered when the process ends. */
const CLOSE_MS = 2_000
const KIND = /^[a-z][a-z0-9_]*$/

export interface NatsTelemetryOptions {
  readonly environment: string
  readonly counters: CountersShape
  /** 3 on a cluster. */
  readonly replicas?: number
}

export const telemetryStream = (environment: string): string => `telemetry-${environment}`

export const telemetrySubjects = (environment: string): string => `telemetry.${environment}.*`

/** The telemetry log: a stream of its own, `telemetry.<environment>.<kind>`, that forgets after seven days or beyond its size. */
export const natsTelemetry = async (
  connection: NatsConnection,
  { environment, counters, replicas = 1 }: NatsTelemetryOptions,
): Promise<TelemetryShape & { readonly close: () => Promise<void> }> => {
  const manager = await jetstreamManager(connection)
  await ensureStream(manager, {
    name: telemetryStream(environment),
    subjects: [telemetrySubjects(environment)],
    retention: RetentionPolicy.Limits,
    storage: StorageType.File,
    discard: DiscardPolicy.Old,
    max_age: nanos(RETENTION_MS),
    max_bytes: MAX_STREAM_BYTES,
    num_replicas: replicas,
  })
  const js = manager.jetstream()
  const buffer = new TelemetryBuffer()
  const drop = (reason: string): void => counters.increment("telemetry_dropped_total", reason)
  let sending: Promise<void> | null = null

  const sendAll = async (): Promise<void> => {
    await delay(GATHER_MS, null, { ref: false })
    for (let batch = buffer.next(); batch !== null; batch = buffer.next()) {
      const { kind, id, records } = batch
      const sent = js.publish(`telemetry.${environment}.${kind}`, `[${records.join(",")}]`, { msgID: id, timeout: PUBLISH_MS })
      if (await sent.then(() => true, () => false)) buffer.sent(batch)
      else if (connection.isClosed()) return
      else await delay(RETRY_MS, null, { ref: false })
    }
  }

  return {
    publish: (kind, data) => {
      const record = encode(data)
      if (record === null || !KIND.test(kind)) return drop("malformed")
      if (record.length > MAX_RECORD_BYTES) return drop("too_large")
      if (!buffer.add(kind, record)) return drop("full")
      sending ??= sendAll().finally(() => (sending = null))
    },
    close: async () => {
      await Promise.race([sending, delay(CLOSE_MS)])
      for (let left = buffer.size; left > 0; left--) drop("closed")
    },
  }
}

const encode = (data: unknown): string | null => {
  try {
    return JSON.stringify({ at: Date.now(), data })
  } catch {
    return null
  }
}
