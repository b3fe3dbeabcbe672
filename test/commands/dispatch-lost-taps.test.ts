import { describe, expect, it, onTestFinished, vi } from "vitest"
import { newAttemptId } from "#commands/ids.ts"
import { Capacity } from "#commands/workflows/capacity.ts"
import { JOB_TAP, SLOT_TAP } from "#domain/protocol/bus-messages.ts"
import { jobIdAt, nodeIdAt } from "#test/support/memory-network.ts"
import { later } from "#test/support/passing-time.ts"
import { assigned, eventually, runningNetwork } from "#test/support/running-network.ts"

/** Tokens per second of a node that takes no more jobs than it has slots. */
const SLOW = 1
const LONG_SILENCE_MS = 6_000

type Network = Awaited<ReturnType<typeof runningNetwork>>

/** What is published while `work` runs and frees slots reaches nobody. */
const withoutTaps = async (network: Network, work: () => Promise<void>): Promise<void> => {
  const publish = network.bus.publish
  const lossy = vi.spyOn(network.bus, "publish").mockImplementation((subject, message) => {
    if (subject !== JOB_TAP && subject !== SLOT_TAP) publish(subject, message)
  })
  await work()
  lossy.mockRestore()
}

describe("a slot whose job ended", () => {
  it("goes to the next one although every tap of that end was lost", async () => {
    const network = await runningNetwork()
    const node = network.connectNode(1, 1, SLOW)
    await network.ask(1, { maxOutputTokens: 8 })
    const first = await assigned(node.assignments)
    await eventually(async () => expect(await network.jobState(jobIdAt(1))).toMatchObject({ stage: "assigned" }))
    await network.ask(2, { maxOutputTokens: 8 })
    await withoutTaps(network, () => network.complete(first, 3))
    later(LONG_SILENCE_MS)
    expect((await assigned(node.assignments, 1)).jobId).toBe(jobIdAt(2))
  })

  it("stays with a job that is at work, however silent", async () => {
    const network = await runningNetwork()
    const node = network.connectNode(1, 1, SLOW)
    await network.ask(1, { maxOutputTokens: 8 })
    await assigned(node.assignments)
    await eventually(async () => expect(await network.jobState(jobIdAt(1))).toMatchObject({ stage: "assigned" }))
    await network.ask(2, { maxOutputTokens: 8 })
    const looked = vi.spyOn(Capacity.prototype, "takeSilent")
    onTestFinished(() => looked.mockRestore())
    later(LONG_SILENCE_MS)
    await eventually(() => expect(looked.mock.results.map(({ value }) => value)).toContainEqual([jobIdAt(1)]))
    await eventually(() => expect(looked.mock.calls.length).toBeGreaterThan(2))
    expect(node.assignments).toHaveLength(1)
  })
})

describe("the slots of a node", () => {
  const capacityOfOne = () => new Capacity({ online: () => [] }, () => {})
  const work = () => ({ nodeId: nodeIdAt(1), attemptId: newAttemptId() })

  it("are asked after a bounded number at a time, the longest silent first", () => {
    const capacity = capacityOfOne()
    for (let n = 1; n <= 5; n += 1) capacity.take(jobIdAt(n), work())
    expect(capacity.takeSilent(Date.now() - 1_000, 9)).toEqual([])
    capacity.heard(jobIdAt(1))
    const now = Date.now()
    expect(capacity.takeSilent(now, 2)).toEqual([2, 3].map(jobIdAt))
    expect(capacity.takeSilent(now, 3)).toEqual([4, 5, 1].map(jobIdAt))
  })
})
