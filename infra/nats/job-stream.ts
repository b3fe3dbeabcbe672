import { jetstreamManager } from "@nats-io/jetstream"
import type { NatsConnection } from "@nats-io/transport-node"
import { Effect } from "effect"
import type { CountersShape } from "#commands/ports/counters.ts"
import { ACK_WAIT_MS, type Assignment, JobStreamUnavailable, type JobStreamShape } from "#commands/ports/job-stream.ts"
import { recentAttempts } from "../memory/recent-attempts.ts"
import { consumeNode } from "./job-stream-consumer.ts"
import { deadLetters } from "./job-stream-dead-letters.ts"
import { ensureJobStreams, jobStreamNames } from "./job-stream-setup.ts"

/** After that the outcome is unknown. Whoever called tries again: the attempt's id as message id makes that harmless. */
const PUBLISH_MS = 2_500
/** Expired assignments that nobody fetched are removed by the server so much later; a consumer that comes before then counts them. */
const EXPIRED_S = 60

export interface NatsJobStreamOptions {
  readonly environment: string
  readonly counters: CountersShape
  /** 3 on a cluster. */
  readonly replicas?: number
  readonly ackWaitMs?: number
}

/** Assignments over JetStream: stored by file and acknowledged before `enqueue` succeeds, one durable pull consumer per node. */
export const natsJobStream = async (
  connection: NatsConnection,
  { environment, counters, replicas = 1, ackWaitMs = ACK_WAIT_MS }: NatsJobStreamOptions,
): Promise<JobStreamShape & { readonly close: () => Promise<void> }> => {
  const manager = await jetstreamManager(connection)
  const js = manager.jetstream()
  const names = jobStreamNames(environment)
  await ensureJobStreams(manager, { names, replicas })
  const dead = deadLetters({ manager, names, counters })
  const services = { connection, manager, names, counters, dead, acknowledged: recentAttempts(), ackWaitMs }
  const consumers = new Set<() => void>()

  const publish = (assignment: Assignment): Promise<unknown> => {
    const leftMs = Math.max(0, assignment.expiresAt - Date.now())
    const ttl = `${Math.ceil(leftMs / 1_000) + EXPIRED_S}s`
    const options = { msgID: assignment.attemptId, ttl, timeout: PUBLISH_MS }
    return js.publish(names.subjectOf(assignment.nodeId), JSON.stringify(assignment), options)
  }

  return {
    enqueue: (assignment) =>
      Effect.tryPromise({
        try: () => publish(assignment),
        catch: (cause) => new JobStreamUnavailable({ reason: cause instanceof Error ? cause.message : String(cause) }),
      }).pipe(Effect.asVoid),
    consume: (nodeId, deliver) => {
      const stopConsuming = consumeNode(services, nodeId, deliver)
      const stop = (): void => {
        consumers.delete(stop)
        stopConsuming()
      }
      consumers.add(stop)
      return stop
    },
    close: async () => {
      for (const stop of consumers) stop()
      dead.stop()
      await new Promise((resolve) => setImmediate(resolve))
      if (!connection.isClosed()) await connection.flush().catch(() => {})
    },
  }
}
