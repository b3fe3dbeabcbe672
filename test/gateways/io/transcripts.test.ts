import { Effect } from "effect"
import { describe, expect, it } from "vitest"
import { newAttemptId } from "#commands/ids.ts"
import { type SaidReply, saidSubject, type StreamMessage, tokensSubject } from "#domain/protocol/bus-messages.ts"
import { missedMessages } from "#gateways/cloud/session/missed-messages.ts"
import { Transcripts } from "#gateways/io/transcripts.ts"
import { memoryBus } from "#infra/memory/bus.ts"
import { jobIdAt } from "#test/support/memory-network.ts"

const JOB = jobIdAt(1)
const BROKER_TAKES_BYTES = 1_000_000

describe("what an attempt said", () => {
  it("can be had again whole, in replies that a broker takes", async () => {
    const bus = memoryBus()
    const attemptId = newAttemptId()
    const sent: StreamMessage[] = []
    bus.subscribe(tokensSubject(JOB), (message) => void sent.push(message as StreamMessage))
    const transcripts = new Transcripts(bus)
    transcripts.begin(JOB, attemptId)
    for (let n = 0; n < 40; n += 1) transcripts.say(JOB, attemptId, { text: `${n} ${"x".repeat(100_000)}`, tokens: 1 })
    const reply = (await Effect.runPromise(bus.request(saidSubject(JOB), { attemptId: null, after: 0 }, 100))) as SaidReply
    expect(reply.more).toBe(true)
    expect(Buffer.byteLength(JSON.stringify(reply))).toBeLessThan(BROKER_TAKES_BYTES)
    const jobs = { outcome: () => Effect.succeed(null) }
    for (const [place, missed] of [[{ attemptId: null, after: 0 }, sent], [{ attemptId, after: 7 }, sent.slice(7)]] as const) {
      expect(await Effect.runPromise(missedMessages({ bus, jobs }, JOB, place))).toEqual(missed)
    }
  })
})
