import { jetstreamManager } from "@nats-io/jetstream"
import type { NatsConnection } from "@nats-io/transport-node"
import { Result } from "effect"
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest"
import { memoryCounters } from "#infra/memory/counters.ts"
import { connectNats } from "#infra/nats/connect.ts"
import { natsJobStream } from "#infra/nats/job-stream.ts"
import { jobStreamNames } from "#infra/nats/job-stream-setup.ts"
import { attempt } from "#test/support/contract-events.ts"
import { assignmentOf, attemptOf, listen, NODE } from "#test/support/contract-job-stream.ts"
import { ownEngine, type OwnEngine } from "#test/support/own-engine.ts"

const WAIT = { timeout: 30_000, interval: 20 }
const COUNT = 200
const KILL_AT = 50
const ENVIRONMENT = "cluster"

let engine: OwnEngine
let connection: NatsConnection
beforeAll(async () => {
  engine = await ownEngine("nats-cluster")
  connection = await connectNats({ url: engine.url, name: "cluster-job-stream-test" })
})
afterAll(async () => {
  await connection.close()
  await engine.close()
})

describe("a job stream on three NATS servers", () => {
  it("delivers every assignment once when its leader is killed while they come", async () => {
    const stream = await natsJobStream(connection, { environment: ENVIRONMENT, counters: memoryCounters(), replicas: 3 })
    const { seen } = listen(stream, NODE, ({ ack }) => ack())
    let unknown = 0
    for (let n = 0; n < COUNT; n++) {
      if (n === KILL_AT) await engine.kill(await leaderOf())
      // What dispatch does: the same again, until the stream says that it has it.
      await vi.waitFor(async () => {
        const result = await attempt(stream.enqueue(assignmentOf(n)))
        if (Result.isFailure(result)) unknown++
        expect(result).toSatisfy(Result.isSuccess)
      }, WAIT)
    }
    await vi.waitFor(() => expect(new Set(seen)).toEqual(new Set(Array.from({ length: COUNT }, (_, n) => attemptOf(n)))), WAIT)
    expect(seen).toHaveLength(COUNT)
    expect(unknown).toBeGreaterThan(0)
    await stream.close()
  })
})

const leaderOf = async (): Promise<string> => {
  const { cluster } = await (await jetstreamManager(connection)).streams.info(jobStreamNames(ENVIRONMENT).jobs)
  if (cluster?.leader === undefined) throw new Error("the stream has no leader")
  return cluster.leader
}
