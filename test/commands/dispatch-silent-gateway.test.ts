import { Effect } from "effect"
import { describe, expect, it, vi } from "vitest"
import { type BusShape, NoReply } from "#commands/ports/bus.ts"
import { PostponedJobs } from "#commands/workflows/postponed-jobs.ts"
import { deliveredSubject } from "#domain/protocol/bus-messages.ts"
import { jobIdAt } from "#test/support/memory-network.ts"
import { later } from "#test/support/passing-time.ts"
import { assigned, eventually, runningNetwork } from "#test/support/running-network.ts"

/** Tokens per second of a node that takes no more jobs than it has slots. */
const SLOW = 1
const PATIENCE_MS = 10_000
const LONGER_MS = 11_000

/** The nth job's gateway does not answer, so many times. Everything else passes. */
const gatewaySilent = (bus: BusShape, n: number, times: number) => {
  const request = bus.request
  let left = times
  const asked = vi.fn()
  vi.spyOn(bus, "request").mockImplementation((subject, message, timeoutMs) => {
    if (subject !== deliveredSubject(jobIdAt(n)) || left === 0) return request(subject, message, timeoutMs)
    left -= 1
    asked()
    return Effect.fail(new NoReply({ subject }))
  })
  return asked
}

describe("a job whose gateway does not answer", () => {
  it("is tried again soon, however long it queued before, and without the watchdog", async () => {
    const network = await runningNetwork()
    Object.assign(network.bus, { patienceMs: PATIENCE_MS })
    const node = network.connectNode(1, 1, SLOW)
    await network.ask(1, { maxOutputTokens: 8 })
    const first = await assigned(node.assignments)
    await network.ask(2, { maxOutputTokens: 8 })
    await eventually(async () => expect(await network.jobState(jobIdAt(1))).toMatchObject({ stage: "assigned" }))
    later(LONGER_MS)
    const asked = gatewaySilent(network.bus, 2, 1)
    await network.complete(first, 3)
    expect(await assigned(node.assignments, 1)).toMatchObject({ jobId: jobIdAt(2) })
    expect(asked).toHaveBeenCalledTimes(1)
  })

  it("ends when its gateway did not answer for longer than servers take to come back", async () => {
    const network = await runningNetwork()
    Object.assign(network.bus, { patienceMs: PATIENCE_MS })
    network.connectNode(1)
    const asked = gatewaySilent(network.bus, 1, Infinity)
    await network.ask(1, { maxOutputTokens: 8 })
    await eventually(() => expect(asked.mock.calls.length).toBeGreaterThan(1))
    expect(await network.jobState(jobIdAt(1))).toMatchObject({ stage: "submitted" })
    later(LONGER_MS)
    await eventually(async () => expect(await network.jobState(jobIdAt(1))).toMatchObject({ stage: "ended", ended: { reason: "failed" } }))
  })
})

describe("postponed jobs", () => {
  it("are tried in turn, a bounded number at a time, until nothing stands in their way", () => {
    const postponed = new PostponedJobs()
    for (const n of [1, 2, 3]) postponed.postpone(jobIdAt(n))
    expect([postponed.next(2), postponed.next(2)]).toEqual([[1, 2].map(jobIdAt), [3, 1].map(jobIdAt)])
    postponed.forget(jobIdAt(2))
    expect(postponed.next(9)).toEqual([3, 1].map(jobIdAt))
  })

  it("have their gateways' silence counted from its beginning, anew after each answer", () => {
    const postponed = new PostponedJobs()
    postponed.postpone(jobIdAt(1))
    expect([5, 7].map((at) => postponed.gatewaySilent(jobIdAt(1), at))).toEqual([5, 5])
    postponed.forget(jobIdAt(1))
    expect(postponed.gatewaySilent(jobIdAt(1), 9)).toBe(9)
  })
})
