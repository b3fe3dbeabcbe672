import { randomUUID } from "node:crypto"
import { AckPolicy, jetstreamManager } from "@nats-io/jetstream"
import { millis, type NatsConnection } from "@nats-io/transport-node"
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest"
import { memoryCounters, type MemoryCounters } from "#infra/memory/counters.ts"
import { connectNats } from "#infra/nats/connect.ts"
import { natsTelemetry, RETENTION_MS, telemetryStream } from "#infra/nats/telemetry.ts"
import { MAX_BUFFERED, MAX_RECORD_BYTES } from "#infra/nats/telemetry-buffer.ts"
import { type CuttableLink, cuttableLink } from "#test/support/cuttable-link.ts"
import { engineUrl } from "#test/support/engines.ts"

const WAIT = { timeout: 20_000, interval: 50 }

let link: CuttableLink
let connection: NatsConnection
/** Past the wire that is cut. */
let observer: NatsConnection
let counters: MemoryCounters
let environment: string
beforeAll(async () => {
  link = await cuttableLink(engineUrl("nats"))
  connection = await connectNats({ url: link.url, name: "telemetry-test" })
  observer = await connectNats({ url: engineUrl("nats"), name: "telemetry-test-observer" })
})
afterAll(async () => {
  await connection.close()
  await observer.close()
  await link.close()
})
beforeEach(() => {
  counters = memoryCounters()
  environment = `test-${randomUUID()}`
})
afterEach(async () => {
  await (await jetstreamManager(observer)).streams.delete(telemetryStream(environment))
})

const dropped = (reason: string): number =>
  counters.snapshot().find((count) => count.name === "telemetry_dropped_total" && count.reason === reason)?.value ?? 0

/** Everything in the log, by kind, and the number of messages that carried it. */
const readLog = async () => {
  const manager = await jetstreamManager(observer)
  const { state } = await manager.streams.info(telemetryStream(environment))
  const records: { readonly kind: string; readonly data: unknown }[] = []
  if (state.messages === 0) return { messages: 0, records }
  const { name } = await manager.consumers.add(telemetryStream(environment), { ack_policy: AckPolicy.None, name: randomUUID() })
  const consumer = await manager.jetstream().consumers.get(telemetryStream(environment), name)
  for await (const message of await consumer.fetch({ max_messages: state.messages, expires: 5_000 })) {
    const kind = message.subject.split(".").at(-1) ?? ""
    for (const { data } of message.json<readonly { readonly data: unknown }[]>()) records.push({ kind, data })
  }
  return { messages: state.messages, records }
}

describe("telemetry log on NATS", () => {
  it("keeps every record under its kind, many in one message, for seven days", async () => {
    const telemetry = await natsTelemetry(connection, { environment, counters })
    for (let n = 0; n < 1_200; n++) telemetry.publish("heartbeat", { n })
    telemetry.publish("progress", { job: 1 })
    await telemetry.close()
    const { messages, records } = await readLog()
    const heartbeats = Array.from({ length: 1_200 }, (_, n) => ({ kind: "heartbeat", data: { n } }))
    expect(records.filter(({ kind }) => kind === "heartbeat")).toEqual(heartbeats)
    expect(records.filter(({ kind }) => kind === "progress")).toEqual([{ kind: "progress", data: { job: 1 } }])
    expect(messages).toBeLessThanOrEqual(5)
    const { config } = await (await jetstreamManager(observer)).streams.info(telemetryStream(environment))
    expect(millis(config.max_age)).toBe(RETENTION_MS)
    expect(counters.snapshot()).toEqual([])
  })

  it("drops and counts what is no record, and throws nothing", async () => {
    const telemetry = await natsTelemetry(connection, { environment, counters })
    telemetry.publish("heartbeat", 1n)
    telemetry.publish("a.b", 1)
    telemetry.publish("*", 1)
    telemetry.publish("heartbeat", "x".repeat(MAX_RECORD_BYTES))
    telemetry.publish("heartbeat", 1)
    await telemetry.close()
    expect((await readLog()).records).toEqual([{ kind: "heartbeat", data: 1 }])
    expect(dropped("malformed")).toBe(3)
    expect(dropped("too_large")).toBe(1)
  })

  it("holds back a bounded number of records while the server is away, and sends each once when it is back", async () => {
    const telemetry = await natsTelemetry(connection, { environment, counters })
    link.cut()
    for (let n = 0; n < MAX_BUFFERED + 5; n++) telemetry.publish("heartbeat", n)
    expect(dropped("full")).toBe(5)
    link.mend()
    const expected = Array.from({ length: MAX_BUFFERED }, (_, n) => ({ kind: "heartbeat", data: n }))
    await vi.waitFor(async () => expect((await readLog()).records).toHaveLength(MAX_BUFFERED), WAIT)
    expect((await readLog()).records).toEqual(expected)
    await telemetry.close()
    expect(dropped("closed")).toBe(0)
  })

  it("counts what it could not send before its end", async () => {
    const telemetry = await natsTelemetry(connection, { environment, counters })
    link.cut()
    telemetry.publish("heartbeat", 1)
    await telemetry.close()
    expect(dropped("closed")).toBe(1)
    link.mend()
  })
})
