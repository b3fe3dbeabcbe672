import { describe, expect, it, vi } from "vitest"
import { cancelJob } from "#commands/job/cancel-job.ts"
import { failAttempt } from "#commands/job/fail-attempt.ts"
import { jobIdAt } from "#test/support/memory-network.ts"
import { assigned, eventually, runningNetwork } from "#test/support/running-network.ts"

/** Tokens per second of a node that takes no more jobs than it has slots. */
const SLOW = 1
const SHORT = { maxOutputTokens: 8 }

type Network = Awaited<ReturnType<typeof runningNetwork>>
type Node = ReturnType<Network["connectNode"]>
const jobsOf = ({ assignments }: Node) => assignments.map(({ jobId }) => jobId)

/** Completes the nth job of a node when it is there. */
const finish = async (network: Network, node: Node, n: number) => network.complete(await assigned(node.assignments, n), 1)

const askAll = async (network: Network, count: number) => {
  await network.grant(1_000_000n, "plenty")
  for (let n = 1; n <= count; n += 1) await network.ask(n, SHORT)
}

describe("jobs that wait for room", () => {
  it("are called one for each place that became free, not all of them", async () => {
    const network = await runningNetwork()
    const node = network.connectNode(1, 1, SLOW)
    await askAll(network, 201)
    await assigned(node.assignments)
    const looks = vi.spyOn(network.presence, "online")
    await finish(network, node, 0)
    await assigned(node.assignments, 1)
    await eventually(async () => expect(await network.jobState(jobIdAt(1))).toMatchObject({ stage: "ended" }))
    expect(looks.mock.calls.length).toBeLessThan(10)
  })

  it("are served in the order in which they came", async () => {
    const network = await runningNetwork()
    const node = network.connectNode(1, 2, SLOW)
    await askAll(network, 20)
    for (let n = 0; n < 20; n += 1) await finish(network, node, n)
    expect(jobsOf(node)).toEqual(Array.from({ length: 20 }, (_, n) => jobIdAt(n + 1)))
  })

  it("do not lose their place when an attempt fails", async () => {
    const network = await runningNetwork()
    const node = network.connectNode(1, 1, SLOW)
    await askAll(network, 3)
    const { attemptId } = await assigned(node.assignments)
    await network.run(failAttempt({ jobId: jobIdAt(1), attemptId, reason: "node_error" }))
    await finish(network, node, 1)
    await finish(network, node, 2)
    await assigned(node.assignments, 3)
    expect(jobsOf(node)).toEqual([1, 1, 2, 3].map(jobIdAt))
  })

  it("are not overtaken for ever by short answers that need less room", async () => {
    const network = await runningNetwork()
    const node = network.connectNode(1, 1, 10)
    await network.grant(1_000_000n, "plenty")
    await network.ask(1, SHORT)
    await assigned(node.assignments)
    await network.ask(2, { maxOutputTokens: 400 })
    for (let n = 3; n <= 6; n += 1) await network.ask(n, SHORT)
    expect(jobsOf(node)).toEqual([jobIdAt(1)])
    await finish(network, node, 0)
    await assigned(node.assignments, 1)
    expect(jobsOf(node)[1]).toBe(jobIdAt(2))
    for (let n = 1; n < 6; n += 1) await finish(network, node, n)
    expect(jobsOf(node)).toEqual([1, 2, 3, 4, 5, 6].map(jobIdAt))
  })

  it("take the room that was kept for one that has gone", async () => {
    const network = await runningNetwork()
    const node = network.connectNode(1, 1, 10)
    await network.grant(1_000_000n, "plenty")
    await network.ask(1, SHORT)
    await assigned(node.assignments)
    await network.ask(2, { maxOutputTokens: 400 })
    await network.ask(3, SHORT)
    await network.run(cancelJob({ jobId: jobIdAt(2), reason: "client_disconnected" }))
    await assigned(node.assignments, 1)
    expect(jobsOf(node)).toEqual([1, 3].map(jobIdAt))
  })

  it("of another model are neither called nor in the way", async () => {
    const network = await runningNetwork()
    const node = network.connectNode(1, 1, SLOW)
    const other = network.connectNode(2, 1, SLOW, "other")
    await network.ask(1, { ...SHORT, model: "other" })
    await network.ask(2, { ...SHORT, model: "other" })
    await network.ask(3, SHORT)
    await network.ask(4, SHORT)
    await finish(network, node, 0)
    await assigned(node.assignments, 1)
    expect([jobsOf(node), jobsOf(other)]).toEqual([[3, 4].map(jobIdAt), [jobIdAt(1)]])
  })
})
