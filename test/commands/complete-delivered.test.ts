import { describe, expect, it } from "vitest"
import { completeDelivered } from "#commands/job/complete-delivered.ts"
import { failAttempt } from "#commands/job/fail-attempt.ts"
import { deliveredSubject } from "#domain/protocol/bus-messages.ts"
import type { Assignment } from "#commands/ports/job-stream.ts"
import { jobIdAt } from "#test/support/memory-network.ts"
import { assigned, eventually, runningNetwork } from "#test/support/running-network.ts"

const JOB = jobIdAt(1)

/** What IO does with a receipt of so many tokens. */
const receiptOf = (assignment: Assignment, tokens: number) => {
  const { jobId, attemptId, sessionId } = assignment
  const receipt = { sessionId, digest: "d", signature: "s", promptTokens: 10, completionTokens: tokens, durationMs: 1 }
  return completeDelivered({ jobId, attemptId, finishReason: "stop", tokens, receipt })
}

describe("the end of an answer", () => {
  it("is recorded at what the client has, not at what its node sent", async () => {
    const network = await runningNetwork()
    const node = network.connectNode(1)
    await network.ask(1, { maxOutputTokens: 8 })
    const assignment = await assigned(node.assignments)
    network.say(assignment, "two words", 2)
    await network.run(receiptOf(assignment, 7))
    await eventually(async () => expect(await network.ledger()).toMatchObject({ held: 0n, spent: 14n }))
    expect(await network.jobState(JOB)).toMatchObject({ ended: { reason: "completed" }, attempts: [{ deliveredTokens: 2 }] })
  })

  it("is not recorded when the client's gateway is gone: the watchdog ends the job at its last mark", async () => {
    const network = await runningNetwork()
    const node = network.connectNode(1)
    const client = await network.ask(1, { maxOutputTokens: 8 })
    const assignment = await assigned(node.assignments)
    network.say(assignment, "two words", 2)
    await eventually(async () => expect(await network.jobState(JOB)).toMatchObject({ stage: "assigned" }))
    client.hangUp()
    await network.run(receiptOf(assignment, 7))
    expect(await network.jobState(JOB)).toMatchObject({ stage: "assigned" })
  })

  it("waits for what is still on its way to the client", async () => {
    const network = await runningNetwork()
    const node = network.connectNode(1)
    await network.ask(1, { maxOutputTokens: 8 })
    const assignment = await assigned(node.assignments)
    network.say(assignment, "one ", 1)
    const recorded = network.run(receiptOf(assignment, 2))
    network.say(assignment, "two", 1)
    await recorded
    expect(await network.jobState(JOB)).toMatchObject({ attempts: [{ deliveredTokens: 2 }] })
  })

  it("waits until the gateway has kept the answer, where a repeat is to find it", async () => {
    const network = await runningNetwork()
    const node = network.connectNode(1)
    await network.ask(1, { maxOutputTokens: 8 })
    const assignment = await assigned(node.assignments)
    let kept = false
    let asked = 0
    network.bus.serve(deliveredSubject(JOB), async () => {
      asked += 1
      const delivery = { attempts: [{ attemptId: assignment.attemptId, tokens: 2 }], text: "two words", length: 9 }
      return kept ? delivery : { ...delivery, keeping: true }
    })
    const recorded = network.run(receiptOf(assignment, 2))
    await eventually(() => expect(asked).toBeGreaterThan(2))
    expect(await network.jobState(JOB)).toMatchObject({ stage: "assigned" })
    kept = true
    await recorded
    expect(await network.jobState(JOB)).toMatchObject({ ended: { reason: "completed" }, attempts: [{ deliveredTokens: 2 }] })
  })

  it("stands against a fence that came to nothing", async () => {
    const network = await runningNetwork()
    const node = network.connectNode(1)
    const client = await network.ask(1, { maxOutputTokens: 8 })
    const assignment = await assigned(node.assignments)
    network.say(assignment, "one ", 1)
    await network.run(receiptOf(assignment, 1))
    await network.run(failAttempt({ jobId: JOB, attemptId: assignment.attemptId, reason: "timed_out" })).catch(() => {})
    expect(await network.jobState(JOB)).toMatchObject({ ended: { reason: "completed" } })
    expect(client.text()).toBe("one ")
  })
})
