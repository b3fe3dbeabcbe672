import { randomUUID } from "node:crypto"
import { jetstreamManager } from "@nats-io/jetstream"
import type { NatsConnection } from "@nats-io/transport-node"
import { afterAll, afterEach, beforeAll } from "vitest"
import type { CountersShape } from "#commands/ports/counters.ts"
import { connectNats } from "#infra/nats/connect.ts"
import { natsJobStream } from "#infra/nats/job-stream.ts"
import { jobStreamNames } from "#infra/nats/job-stream-setup.ts"
import { jobStreamContract } from "#test/support/contract-job-stream.ts"
import { engineUrl } from "#test/support/engines.ts"

const ACK_WAIT_MS = 700

let connection: NatsConnection
beforeAll(async () => {
  connection = await connectNats({ url: engineUrl("nats"), name: "job-stream-test" })
})
afterAll(() => connection.close())

const opened: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of opened.splice(0)) await close()
})

const open = async (counters: CountersShape) => {
  const environment = `test-${randomUUID()}`
  const stream = await natsJobStream(connection, { environment, counters, ackWaitMs: ACK_WAIT_MS })
  opened.push(async () => {
    await stream.close()
    const { streams } = await jetstreamManager(connection)
    const { jobs, dead, exhausted } = jobStreamNames(environment)
    for (const name of [jobs, dead, exhausted]) await streams.delete(name)
  })
  return stream
}

jobStreamContract("NATS JetStream", { open, ackWaitMs: ACK_WAIT_MS, fakeTime: false })
