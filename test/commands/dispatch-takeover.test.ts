import { Effect } from "effect"
import { describe, expect, it } from "vitest"
import { failAttempt } from "#commands/job/fail-attempt.ts"
import type { OpenWorkShape } from "#commands/ports/open-work.ts"
import { JOB_TAP } from "#domain/protocol/bus-messages.ts"
import { GATEWAY, jobIdAt, nodeIdAt, sessionIdAt } from "#test/support/memory-network.ts"
import { assigned, eventually, runningNetwork } from "#test/support/running-network.ts"
import { dispatch } from "#commands/workflows/dispatch.ts"

const JOB = jobIdAt(1)
const SLOW = 1

/** The node came back with a newer session, as all dispatchers hear. */
const reconnect = (network: Awaited<ReturnType<typeof runningNetwork>>, n: number, session: number): void => {
  const [node] = network.presence.online(Date.now()).filter(({ nodeId }) => nodeId === nodeIdAt(n))
  if (node === undefined) throw new Error("the node is not online")
  network.presence.announce({ ...node, sessionId: sessionIdAt(session) })
}

describe("a job whose gateway to its node is gone", () => {
  it("is given to another node once its node is back with another session", async () => {
    const network = await runningNetwork()
    const [one, two] = [network.connectNode(1, 1), network.connectNode(2, 1)]
    await network.ask(1, { maxOutputTokens: 8 })
    const first = await eventually(() => {
      const [assignment] = [...one.assignments, ...two.assignments]
      if (assignment === undefined) throw new Error("nothing assigned yet")
      return assignment
    })
    const [lost, other] = first.nodeId === one.nodeId ? [1, two] : [2, one]
    reconnect(network, lost, 9)
    network.bus.publish(JOB_TAP, { jobId: JOB })
    expect(await assigned(other.assignments)).toMatchObject({ jobId: JOB })
  })

  it("does not go back to a session that ended, although some still believe in it", async () => {
    const network = await runningNetwork()
    const node = network.connectNode(1)
    await network.ask(1, { maxOutputTokens: 8 })
    const { attemptId } = await assigned(node.assignments)
    await network.run(failAttempt({ jobId: JOB, attemptId, reason: "node_gone" }))
    network.bus.publish(JOB_TAP, { jobId: JOB })
    await eventually(async () => expect(await network.jobState(JOB)).toMatchObject({ stage: "submitted" }))
    expect(node.assignments).toHaveLength(1)
    reconnect(network, 1, 9)
    network.bus.publish(JOB_TAP, { jobId: JOB })
    expect(await assigned(node.assignments, 1)).toMatchObject({ sessionId: sessionIdAt(9) })
  })
})

describe("a dispatcher that takes over", () => {
  it("knows who is at work before its first assignment", async () => {
    const refs: { readonly jobId: typeof JOB; readonly gatewayId: typeof GATEWAY; readonly deadlineAt: number }[] = []
    const fakeOpenWork: OpenWorkShape = { jobs: () => Effect.sync(() => [...refs]), holds: () => Effect.succeed([]), sessions: () => Effect.succeed([]) }
    const network = await runningNetwork({ fakeOpenWork })
    const node = network.connectNode(1, 1, SLOW)
    await network.ask(1, { maxOutputTokens: 8 })
    await assigned(node.assignments)
    await eventually(async () => expect(await network.jobState(JOB)).toMatchObject({ stage: "assigned" }))
    await network.stop()
    refs.push({ jobId: JOB, gatewayId: GATEWAY, deadlineAt: Date.now() + 60_000 })
    const next = network.runtime.runFork(Effect.scoped(Effect.andThen(dispatch, Effect.never)))
    await network.ask(2, { maxOutputTokens: 8 })
    network.bus.publish(JOB_TAP, { jobId: jobIdAt(2) })
    await eventually(async () => expect(await network.jobState(jobIdAt(2))).toMatchObject({ stage: "submitted" }))
    expect(node.assignments).toHaveLength(1)
    await network.complete(await assigned(node.assignments), 3)
    expect(await assigned(node.assignments, 1)).toMatchObject({ jobId: jobIdAt(2) })
    next.interruptUnsafe()
  })
})
