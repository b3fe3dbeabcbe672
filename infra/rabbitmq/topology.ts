import type { Channel } from "amqplib"
import { MAX_DELIVERIES, MAX_QUEUED } from "#commands/ports/job-stream.ts"
import type { NodeId } from "#domain/kernel/ids.ts"

/** A node's queue is removed when nobody consumed from it for so long: longer than any assignment lives. */
const IDLE_QUEUE_MS = 48 * 60 * 60_000
const DEAD_LETTERS_MS = 7 * 24 * 60 * 60_000
const MAX_DEAD_LETTERS = 10_000

export interface RabbitNames {
  /** Exchange and queue of what was delivered too often or too late. */
  readonly dead: string
  /** The same letters once more, for whoever counts them. */
  readonly counted: string
  readonly queueOf: (nodeId: NodeId) => string
}

export const rabbitNames = (environment: string): RabbitNames => ({
  dead: `jobs.dead.${environment}`,
  counted: `jobs.dead.${environment}.counted`,
  queueOf: (nodeId) => `jobs.${environment}.${nodeId}`,
})

/** Where dead letters go. Both queues lose their oldest letters when nobody looks. */
export const declareDeadLetters = async (channel: Channel, { dead, counted }: RabbitNames): Promise<void> => {
  await channel.assertExchange(dead, "fanout", { durable: true })
  for (const queue of [dead, counted]) {
    await channel.assertQueue(queue, {
      durable: true,
      arguments: { "x-queue-type": "quorum", "x-max-length": MAX_DEAD_LETTERS, "x-message-ttl": DEAD_LETTERS_MS },
    })
    await channel.bindQueue(queue, dead, "")
  }
}

/**
 * One quorum queue per node: confirmed means on the disks of most of the cluster, and the broker itself counts deliveries. Dead letters are
 * kept here until their queue has confirmed them.
 */
export const declareNodeQueue = (channel: Channel, { dead, queueOf }: RabbitNames, nodeId: NodeId): Promise<unknown> =>
  channel.assertQueue(queueOf(nodeId), {
    durable: true,
    arguments: {
      "x-queue-type": "quorum",
      "x-delivery-limit": MAX_DELIVERIES - 1,
      "x-max-length": MAX_QUEUED,
      "x-overflow": "reject-publish",
      "x-expires": IDLE_QUEUE_MS,
      "x-dead-letter-exchange": dead,
      "x-dead-letter-strategy": "at-least-once",
    },
  })
