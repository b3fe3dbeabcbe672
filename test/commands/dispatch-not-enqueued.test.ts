import { Effect } from "effect"
import { describe, expect, it, vi } from "vitest"
import { failAttempt } from "#commands/job/fail-attempt.ts"
import { JobStreamUnavailable } from "#commands/ports/job-stream.ts"
import { JOB_TAP } from "#domain/protocol/bus-messages.ts"
import { jobIdAt, sessionIdAt } from "#test/support/memory-network.ts"
import { hurry, later } from "#test/support/passing-time.ts"
import { assigned, eventually, runningNetwork } from "#test/support/running-network.ts"

const JOB = jobIdAt(1)
const MORE_THAN_ITS_RETRIES = 6
const GRACE_OVER_MS = 11_000

describe("a job that did not come into its node's stream", () => {
  it("goes to the same session when the stream is back, however often that failed", async () => {
    const network = await runningNetwork()
    const away = vi.spyOn(network.jobStream, "enqueue").mockReturnValue(Effect.fail(new JobStreamUnavailable({ reason: "away" })))
    const node = network.connectNode(1)
    hurry(25)
    await network.ask(1, { maxOutputTokens: 8 })
    const failed = { failure: "not_enqueued", failed: true, sessionId: sessionIdAt(1) }
    const attempts = expect.arrayContaining(Array.from({ length: MORE_THAN_ITS_RETRIES }, () => expect.objectContaining(failed)))
    await eventually(async () => {
      const state = await network.jobState(JOB)
      expect(state).toMatchObject({ attempts })
      expect("attempts" in state ? state.attempts.length : 0).toBeGreaterThan(MORE_THAN_ITS_RETRIES)
    })
    away.mockRestore()
    expect(await assigned(node.assignments)).toMatchObject({ jobId: JOB, sessionId: sessionIdAt(1) })
  })
})

describe("a job whose only node has gone", () => {
  it("does not wait for ever for the session that it was lost with, although some still believe in it", async () => {
    const network = await runningNetwork()
    const node = network.connectNode(1)
    await network.ask(1, { maxOutputTokens: 8 })
    const { attemptId } = await assigned(node.assignments)
    await network.run(failAttempt({ jobId: JOB, attemptId, reason: "node_gone" }))
    await eventually(async () => expect(await network.jobState(JOB)).toMatchObject({ stage: "submitted" }))
    later(GRACE_OVER_MS)
    network.bus.publish(JOB_TAP, { jobId: JOB })
    await eventually(async () => expect(await network.jobState(JOB)).toMatchObject({ stage: "ended", ended: { reason: "failed" } }))
  })
})
