import { Result } from "effect"
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import type { AttemptId, JobId, NamespaceId, NodeId, SessionId } from "#domain/kernel/ids.ts"
import type { CountersShape } from "#commands/ports/counters.ts"
import { ACK_WAIT_MS, type Assignment, type Delivery, type JobStreamShape, MAX_DELIVERIES } from "#commands/ports/job-stream.ts"
import { memoryCounters, type MemoryCounters } from "#infra/memory/counters.ts"
import { MAX_QUEUED, memoryJobStream } from "#infra/memory/job-stream.ts"
import { attempt, run } from "#test/support/contract-events.ts"

const NODE = "0x00000000000000000000000000000000000000A1" as NodeId
const OTHER = "0x00000000000000000000000000000000000000b2" as NodeId
const LIFETIME_MS = 60_000

const assignmentOf = (n: number, nodeId = NODE): Assignment => ({
  jobId: `job_${n}` as JobId,
  attemptId: `att_${n}` as AttemptId,
  namespaceId: "ns_1" as NamespaceId,
  nodeId,
  sessionId: "sess_1" as SessionId,
  model: "tiny",
  maxOutputTokens: 10,
  deliveredText: "",
  expiresAt: Date.now() + LIFETIME_MS,
})

const jobStreamContract = (adapter: string, open: (counters: CountersShape) => JobStreamShape): void => {
  describe(`job stream on ${adapter}`, () => {
    let counters: MemoryCounters
    let stream: JobStreamShape
    beforeEach(() => {
      vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"] })
      counters = memoryCounters()
      stream = open(counters)
    })
    afterEach(() => {
      vi.useRealTimers()
    })

    const consume = (nodeId: NodeId, then: (delivery: Delivery) => void = () => {}) => {
      const seen: string[] = []
      const stop = stream.consume(nodeId, (delivery) => {
        seen.push(delivery.assignment.attemptId)
        then(delivery)
      })
      return { seen, stop }
    }

    it("delivers a node's assignments in order, those before it came first, and nobody else's", async () => {
      await run(stream.enqueue(assignmentOf(1)))
      await run(stream.enqueue(assignmentOf(2, OTHER)))
      const { seen } = consume(NODE, ({ ack }) => ack())
      await run(stream.enqueue(assignmentOf(3)))
      expect(seen).toEqual(["att_1", "att_3"])
    })

    it("delivers what is not acknowledged again, and what is acknowledged never again", async () => {
      const { seen } = consume(NODE, ({ assignment, ack }) => {
        if (assignment.attemptId === "att_2") ack()
      })
      await run(stream.enqueue(assignmentOf(1)))
      await run(stream.enqueue(assignmentOf(2)))
      vi.advanceTimersByTime(ACK_WAIT_MS - 1)
      expect(seen).toEqual(["att_1", "att_2"])
      vi.advanceTimersByTime(1)
      expect(seen).toEqual(["att_1", "att_2", "att_1"])
    })

    it("gives up after the last delivery and counts a dead letter", async () => {
      const { seen } = consume(NODE)
      await run(stream.enqueue(assignmentOf(1)))
      vi.advanceTimersByTime(ACK_WAIT_MS * (MAX_DELIVERIES + 2))
      expect(seen).toEqual(Array.from({ length: MAX_DELIVERIES }, () => "att_1"))
      expect(counters.snapshot()).toContainEqual({ name: "job_stream_dead_letters_total", reason: "deliveries", value: 1 })
    })

    it("keeps an unacknowledged assignment for the consumer that comes after a lost one", async () => {
      const lost = consume(NODE)
      await run(stream.enqueue(assignmentOf(1)))
      lost.stop()
      vi.advanceTimersByTime(ACK_WAIT_MS * 2)
      const next = consume(NODE, ({ ack }) => ack())
      lost.stop()
      await run(stream.enqueue(assignmentOf(2)))
      expect(lost.seen).toEqual(["att_1"])
      expect(next.seen).toEqual(["att_1", "att_2"])
    })

    it("does not deliver an assignment whose time is over", async () => {
      await run(stream.enqueue(assignmentOf(1)))
      vi.advanceTimersByTime(LIFETIME_MS)
      expect(consume(NODE).seen).toEqual([])
      expect(counters.snapshot()).toContainEqual({ name: "job_stream_dead_letters_total", reason: "expired", value: 1 })
    })

    it("takes the same attempt once while it waits", async () => {
      await run(stream.enqueue(assignmentOf(1)))
      await run(stream.enqueue(assignmentOf(1)))
      expect(consume(NODE, ({ ack }) => ack()).seen).toEqual(["att_1"])
    })

    it("refuses more than a node could ever take", async () => {
      for (let n = 0; n < MAX_QUEUED; n++) await run(stream.enqueue(assignmentOf(n)))
      const refused = await attempt(stream.enqueue(assignmentOf(MAX_QUEUED)))
      expect(Result.isFailure(refused) && refused.failure._tag).toBe("JobStreamUnavailable")
      expect(Result.isSuccess(await attempt(stream.enqueue(assignmentOf(1, OTHER))))).toBe(true)
    })
  })
}

jobStreamContract("memory", memoryJobStream)
