import { Effect } from "effect"
import type { CountersShape } from "#commands/ports/counters.ts"
import { ACK_WAIT_MS, type Assignment, JobStreamUnavailable, type JobStreamShape } from "#commands/ports/job-stream.ts"
import { recentAttempts } from "../memory/recent-attempts.ts"
import { countDeadLetters } from "./dead-letters.ts"
import { connectRabbit } from "./link.ts"
import { NodeConsumer } from "./node-consumer.ts"
import { publisher } from "./publisher.ts"
import { declareDeadLetters, rabbitNames } from "./topology.ts"

export interface RabbitJobStreamOptions {
  readonly environment: string
  readonly counters: CountersShape
  readonly ackWaitMs?: number
}

/** Assignments over RabbitMQ: confirmed by the broker before `enqueue` succeeds, one quorum queue per node. Copies end at the consumer. */
export const rabbitJobStream = async (
  url: string,
  { environment, counters, ackWaitMs = ACK_WAIT_MS }: RabbitJobStreamOptions,
): Promise<JobStreamShape & { readonly close: () => Promise<void> }> => {
  const names = rabbitNames(environment)
  const rabbit = await connectRabbit(url, {
    onChange: (change) => counters.increment("job_stream_connection_total", change),
    declare: (channel) => declareDeadLetters(channel, names),
  })
  const stopCounting = countDeadLetters(rabbit, { names, counters })
  const publish = publisher(rabbit, names)
  const services = { rabbit, names, counters, acknowledged: recentAttempts(), ackWaitMs }
  const consumers = new Set<NodeConsumer>()

  return {
    enqueue: (assignment: Assignment) =>
      Effect.tryPromise({
        try: () => publish(assignment),
        catch: (cause) => new JobStreamUnavailable({ reason: cause instanceof Error ? cause.message : String(cause) }),
      }),
    consume: (nodeId, deliver) => {
      const consumer = new NodeConsumer(services, nodeId, deliver)
      consumers.add(consumer)
      return () => {
        consumers.delete(consumer)
        consumer.stop()
      }
    },
    close: async () => {
      for (const consumer of consumers) consumer.stop()
      stopCounting()
      await new Promise((resolve) => setImmediate(resolve))
      await rabbit.close()
    },
  }
}
