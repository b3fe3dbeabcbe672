import { Effect } from "effect"
import type { NodeId } from "#domain/kernel/ids.ts"
import type { CountersShape } from "#commands/ports/counters.ts"
import {
  ACK_WAIT_MS,
  type Assignment,
  type Delivery,
  JobStreamUnavailable,
  type JobStreamShape,
  MAX_DELIVERIES,
  MAX_QUEUED,
} from "#commands/ports/job-stream.ts"

interface Queued {
  readonly assignment: Assignment
  deliveries: number
  timer: NodeJS.Timeout | null
  settled: boolean
}

interface NodeStream {
  readonly queue: Queued[]
  deliver: ((delivery: Delivery) => void) | null
}

/**
 * One queue per node in this process. It is gone with the process, and that is all right: the log knows each assignment, and the
 * watchdog ends the attempts whose time passed. The newest consumer gets everything that is not acknowledged.
 */
export const memoryJobStream = (counters: CountersShape): JobStreamShape => {
  const streams = new Map<NodeId, NodeStream>()

  const streamOf = (nodeId: NodeId): NodeStream => {
    const stream = streams.get(nodeId) ?? { queue: [], deliver: null }
    streams.set(nodeId, stream)
    return stream
  }

  const settle = (stream: NodeStream, queued: Queued): void => {
    if (queued.settled) return
    queued.settled = true
    if (queued.timer !== null) clearTimeout(queued.timer)
    stream.queue.splice(stream.queue.indexOf(queued), 1)
  }

  const deliver = (stream: NodeStream, queued: Queued): void => {
    if (stream.deliver === null || queued.settled) return
    if (queued.timer !== null) clearTimeout(queued.timer)
    const deadLetter = queued.deliveries === MAX_DELIVERIES ? "deliveries" : queued.assignment.expiresAt <= Date.now() ? "expired" : null
    if (deadLetter !== null) {
      counters.increment("job_stream_dead_letters_total", deadLetter)
      return settle(stream, queued)
    }
    if (queued.deliveries > 0) counters.increment("job_stream_redeliveries_total")
    queued.deliveries++
    queued.timer = setTimeout(() => deliver(stream, queued), ACK_WAIT_MS)
    queued.timer.unref()
    stream.deliver({ assignment: queued.assignment, ack: () => settle(stream, queued) })
  }

  return {
    enqueue: (assignment) =>
      Effect.suspend(() => {
        const stream = streamOf(assignment.nodeId)
        if (stream.queue.some((queued) => queued.assignment.attemptId === assignment.attemptId)) return Effect.void
        if (stream.queue.length >= MAX_QUEUED) {
          return Effect.fail(new JobStreamUnavailable({ reason: `${MAX_QUEUED} assignments wait for this node` }))
        }
        const queued: Queued = { assignment, deliveries: 0, timer: null, settled: false }
        stream.queue.push(queued)
        deliver(stream, queued)
        return Effect.void
      }),
    consume: (nodeId, handler) => {
      const stream = streamOf(nodeId)
      stream.deliver = handler
      for (const queued of stream.queue.slice()) deliver(stream, queued)
      return () => {
        if (stream.deliver !== handler) return
        stream.deliver = null
        for (const { timer } of stream.queue) if (timer !== null) clearTimeout(timer)
        if (stream.queue.length === 0) streams.delete(nodeId)
      }
    },
  }
}
