import { Result } from "effect"
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import type { AttemptId, JobId, NamespaceId, NodeId, SessionId } from "#domain/kernel/ids.ts"
import type { CountersShape } from "#commands/ports/counters.ts"
import { type Assignment, type Delivery, type JobStreamShape, MAX_DELIVERIES, MAX_QUEUED } from "#commands/ports/job-stream.ts"
import { memoryCounters, type MemoryCounters } from "#infra/memory/counters.ts"
import { attempt, run } from "./contract-events.ts"

export const NODE = "0x00000000000000000000000000000000000000A1" as NodeId
export const OTHER = "0x00000000000000000000000000000000000000b2" as NodeId
const LIFETIME_MS = 60_000
/** A server may let in a few more while it tells its clients that a queue is full. */
const SLACK = 100
/** For what a real server does after its own timers. */
const WAIT = { timeout: 30_000, interval: 20 }

const uuid = (n: number): string => `01890000-0000-7000-8000-${String(n).padStart(12, "0")}`
export const attemptOf = (n: number): AttemptId => `att_${uuid(n)}` as AttemptId

export const assignmentOf = (n: number, nodeId = NODE): Assignment => ({
  jobId: `job_${uuid(n)}` as JobId,
  attemptId: attemptOf(n),
  namespaceId: `ns_${uuid(1)}` as NamespaceId,
  nodeId,
  sessionId: `sess_${uuid(1)}` as SessionId,
  model: "tiny ü \"\n",
  maxOutputTokens: 10,
  deliveredCharacters: 11,
  expiresAt: Date.now() + LIFETIME_MS,
})

/** Takes every delivery's attempt down. */
export const listen = (stream: JobStreamShape, nodeId: NodeId, then: (delivery: Delivery) => void = () => {}) => {
  const seen: string[] = []
  const stop = stream.consume(nodeId, (delivery) => {
    seen.push(delivery.assignment.attemptId)
    then(delivery)
  })
  return { seen, stop }
}

/** Lets fake time pass until `check` holds. */
const afterTimers = async (check: () => void): Promise<void> => {
  for (let waitedMs = 0; ; waitedMs += WAIT.interval) {
    try {
      return check()
    } catch (cause) {
      if (waitedMs >= WAIT.timeout) throw cause
      await vi.advanceTimersByTimeAsync(WAIT.interval)
    }
  }
}

const acknowledge = ({ ack }: Delivery): void => ack()

export interface OpenedStream {
  /** Empty. */
  readonly stream: JobStreamShape
  /** The same stream as another process has it. */
  readonly elsewhere: JobStreamShape
}

/**
 * What every job stream promises. `open` gives streams that wait `ackWaitMs` for an acknowledgement. With `fakeTime` they live by this
 * process's timers, and waiting takes no time.
 */
export const jobStreamContract = (
  adapter: string,
  { open, ackWaitMs, fakeTime }: {
    readonly open: (counters: CountersShape) => Promise<OpenedStream>
    readonly ackWaitMs: number
    readonly fakeTime: boolean
  },
): void => {
  describe(`job stream on ${adapter}`, () => {
    let counters: MemoryCounters
    let stream: JobStreamShape
    let elsewhere: JobStreamShape
    beforeEach(async () => {
      if (fakeTime) vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"] })
      counters = memoryCounters()
      const opened = await open(counters)
      stream = opened.stream
      elsewhere = opened.elsewhere
    })
    afterEach(() => {
      vi.useRealTimers()
    })

    const eventually = (check: () => void): Promise<void> => (fakeTime ? afterTimers(check) : vi.waitFor(check, WAIT))
    const passed = (at: number): Promise<void> => eventually(() => expect(Date.now()).toBeGreaterThan(at))
    const counted = (name: string, reason: string | null = null): number =>
      counters.snapshot().find((count) => count.name === name && count.reason === reason)?.value ?? 0

    it("delivers a node's assignments whole and in order, those before it came first, and nobody else's", async () => {
      const first = assignmentOf(1)
      await run(stream.enqueue(first))
      await run(stream.enqueue(assignmentOf(2, OTHER)))
      const whole: Assignment[] = []
      const { seen } = listen(stream, NODE, (delivery) => {
        whole.push(delivery.assignment)
        delivery.ack()
      })
      await run(stream.enqueue(assignmentOf(3)))
      await eventually(() => expect(seen).toEqual([attemptOf(1), attemptOf(3)]))
      expect(whole[0]).toEqual(first)
    })

    it("delivers what is not acknowledged again, and what is acknowledged never again", async () => {
      const startedAt = Date.now()
      const { seen } = listen(stream, NODE, ({ assignment, ack }) => {
        if (assignment.attemptId !== attemptOf(1)) ack()
      })
      await run(stream.enqueue(assignmentOf(1)))
      await run(stream.enqueue(assignmentOf(2)))
      await eventually(() => expect(seen).toHaveLength(3))
      expect(Date.now() - startedAt).toBeGreaterThanOrEqual(ackWaitMs * 0.9)
      expect(counted("job_stream_redeliveries_total")).toBe(1)
      await run(stream.enqueue(assignmentOf(3)))
      await eventually(() => expect(seen).toEqual([attemptOf(1), attemptOf(2), attemptOf(1), attemptOf(3)]))
    })

    it("gives up after the last delivery, counts one dead letter and goes on", async () => {
      const { seen } = listen(stream, NODE, ({ assignment, ack }) => {
        if (assignment.attemptId !== attemptOf(1)) ack()
      })
      await run(stream.enqueue(assignmentOf(1)))
      await eventually(() => expect(counted("job_stream_dead_letters_total", "deliveries")).toBe(1))
      await run(stream.enqueue(assignmentOf(2)))
      await eventually(() => expect(seen).toEqual([...Array.from({ length: MAX_DELIVERIES }, () => attemptOf(1)), attemptOf(2)]))
    })

    it("keeps an unacknowledged assignment for the consumer that comes after a lost one", async () => {
      const lost = listen(stream, NODE)
      await run(stream.enqueue(assignmentOf(1)))
      await eventually(() => expect(lost.seen).toEqual([attemptOf(1)]))
      lost.stop()
      await passed(Date.now() + ackWaitMs)
      const next = listen(elsewhere, NODE, acknowledge)
      lost.stop()
      await run(stream.enqueue(assignmentOf(2)))
      await eventually(() => expect(next.seen).toEqual([attemptOf(1), attemptOf(2)]))
      expect(lost.seen).toEqual([attemptOf(1)])
    })

    it("gives nothing again that was acknowledged in the moment of stopping", async () => {
      const lost: Delivery[] = []
      const stop = stream.consume(NODE, (delivery) => lost.push(delivery))
      await run(stream.enqueue(assignmentOf(1)))
      await run(stream.enqueue(assignmentOf(2)))
      await eventually(() => expect(lost).toHaveLength(2))
      stop()
      lost[0]?.ack()
      const next = listen(elsewhere, NODE, acknowledge)
      await run(stream.enqueue(assignmentOf(3)))
      await eventually(() => expect(next.seen).toContain(attemptOf(3)))
      await eventually(() => expect(new Set(next.seen)).toEqual(new Set([attemptOf(2), attemptOf(3)])))
      expect(next.seen).toHaveLength(2)
    })

    it("gives everything to the newest consumer of a node", async () => {
      const old = listen(stream, NODE)
      await run(stream.enqueue(assignmentOf(1)))
      await eventually(() => expect(old.seen).toEqual([attemptOf(1)]))
      const newest = listen(elsewhere, NODE, acknowledge)
      await eventually(() => expect(newest.seen).toEqual([attemptOf(1)]))
      for (const n of [2, 3, 4]) await run(stream.enqueue(assignmentOf(n)))
      await eventually(() => expect(newest.seen).toEqual([1, 2, 3, 4].map(attemptOf)))
      expect(old.seen).toEqual([attemptOf(1)])
    })

    it("does not deliver an assignment whose time is over", async () => {
      const short = { ...assignmentOf(1), expiresAt: Date.now() + 500 }
      await run(stream.enqueue(short))
      await passed(short.expiresAt)
      const { seen } = listen(stream, NODE, acknowledge)
      await eventually(() => expect(counted("job_stream_dead_letters_total", "expired")).toBe(1))
      await run(stream.enqueue(assignmentOf(2)))
      await eventually(() => expect(seen).toEqual([attemptOf(2)]))
    })

    it("delivers the same attempt once, however often it is enqueued while it waits", async () => {
      for (const n of [1, 1, 2, 1]) await run(stream.enqueue(assignmentOf(n)))
      const { seen } = listen(stream, NODE, acknowledge)
      await run(stream.enqueue(assignmentOf(3)))
      await eventually(() => expect(seen).toEqual([attemptOf(1), attemptOf(2), attemptOf(3)]))
    })

    it("refuses more than a node could ever take", async () => {
      let accepted = 0
      let refused: Result.Result<void, unknown> | null = null
      while (refused === null && accepted < MAX_QUEUED + SLACK) {
        const result = await attempt(stream.enqueue(assignmentOf(accepted)))
        if (Result.isFailure(result)) refused = result
        else accepted++
      }
      expect(accepted).toBeGreaterThanOrEqual(MAX_QUEUED)
      expect(refused).toMatchObject({ failure: { _tag: "JobStreamUnavailable" } })
      expect(Result.isSuccess(await attempt(stream.enqueue(assignmentOf(1, OTHER))))).toBe(true)
    })
  })
}
