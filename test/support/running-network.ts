import { Effect, Fiber } from "effect"
import { onTestFinished, vi } from "vitest"
import { completeJob } from "#commands/job/complete-job.ts"
import type { Assignment } from "#commands/ports/job-stream.ts"
import { dispatch } from "#commands/workflows/dispatch.ts"
import { settlement } from "#commands/workflows/settlement.ts"
import { memoryNetwork, type NetworkOptions } from "#test/support/memory-network.ts"

/** Dispatch and settlement running on a network with 1 000 micro-credits, until the test is over. */
export const runningNetwork = async (options?: NetworkOptions) => {
  const network = await memoryNetwork(options)
  await network.grant(1_000n)
  const fiber = network.runtime.runFork(Effect.scoped(Effect.andThen(Effect.all([dispatch, settlement]), Effect.never)))
  onTestFinished(() => fiber.interruptUnsafe())

  /** Its node has answered. */
  const complete = ({ jobId, attemptId, sessionId }: Assignment, deliveredTokens: number) => {
    const receipt = { sessionId, digest: `d-${attemptId}`, signature: "s", promptTokens: 10, completionTokens: deliveredTokens, durationMs: 1 }
    return network.run(completeJob({ jobId, attemptId, finishReason: "stop", deliveredTokens, receipt }))
  }
  return { ...network, complete, stop: () => Effect.runPromise(Fiber.interrupt(fiber)) }
}

export const eventually = <Value>(read: () => Value) => vi.waitFor(read, { timeout: 4_000, interval: 2 })

/** The nth assignment, once it is there. */
export const assigned = (assignments: readonly Assignment[], n = 0): Promise<Assignment> =>
  eventually(() => {
    const assignment = assignments[n]
    if (assignment === undefined) throw new Error(`assignment ${n} is not here yet`)
    return assignment
  })
