import { Effect, Layer } from "effect"
import { describe, expect, it } from "vitest"
import { newAttemptId } from "#commands/ids.ts"
import { askDelivered } from "#commands/job/ask-delivered.ts"
import { Bus } from "#commands/ports/bus.ts"
import { type DeliveredRequest, deliveredSubject } from "#domain/protocol/bus-messages.ts"
import { deliveredReply } from "#gateways/cloud/session/delivered-reply.ts"
import { JobStreamReader } from "#gateways/cloud/session/job-stream-reader.ts"
import { memoryBus } from "#infra/memory/bus.ts"
import { jobIdAt } from "#test/support/memory-network.ts"

const BROKER_TAKES_BYTES = 1_000_000

describe("what a job's client has", () => {
  it("is fetched whole by who goes on with it, in replies that a broker takes, and its tokens by who only counts", async () => {
    const bus = memoryBus()
    const reader = new JobStreamReader()
    const attemptId = newAttemptId()
    const text = Array.from({ length: 500_000 }, (_, n) => `${n}🙂`).join(" ")
    reader.receive({ type: "tokens", attemptId, index: 0, text, tokens: 9 })
    let largest = 0
    bus.serve(deliveredSubject(jobIdAt(1)), async (request) => {
      const reply = deliveredReply(reader, request as DeliveredRequest)
      largest = Math.max(largest, Buffer.byteLength(JSON.stringify(reply)))
      return JSON.parse(JSON.stringify(reply))
    })
    const run = <Value>(effect: Effect.Effect<Value, never, Bus>) => Effect.runPromise(Effect.provide(effect, Layer.succeed(Bus, bus)))
    const counted = await run(askDelivered(jobIdAt(1), { fence: attemptId }))
    expect(counted).toMatchObject({ attempts: [{ attemptId, tokens: 9 }], length: text.length })
    const whole = await run(askDelivered(jobIdAt(1), { admit: newAttemptId() }))
    expect(whole?.text === text).toBe(true)
    expect(largest).toBeLessThan(BROKER_TAKES_BYTES)
  })
})
