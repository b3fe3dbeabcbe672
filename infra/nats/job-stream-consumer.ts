import { randomUUID } from "node:crypto"
import type { JetStreamManager, JsMsg } from "@nats-io/jetstream"
import type { NatsConnection } from "@nats-io/transport-node"
import { Option, Schema } from "effect"
import type { Unsubscribe } from "#commands/ports/bus.ts"
import type { CountersShape } from "#commands/ports/counters.ts"
import { Assignment, type Delivery } from "#commands/ports/job-stream.ts"
import type { NodeId } from "#domain/kernel/ids.ts"
import type { RecentAttempts } from "../memory/recent-attempts.ts"
import type { DeadLetters, DeadReason } from "./job-stream-dead-letters.ts"
import { type JobStreamNames, MAX_UNACKNOWLEDGED, nodeConsumer } from "./job-stream-setup.ts"
import { keepConsuming } from "./keep-consuming.ts"

const decode = Schema.decodeUnknownOption(Schema.fromJsonString(Assignment))

export interface ConsumerServices {
  readonly connection: NatsConnection
  readonly manager: JetStreamManager
  readonly names: JobStreamNames
  readonly counters: CountersShape
  readonly dead: DeadLetters
  readonly acknowledged: RecentAttempts
  readonly ackWaitMs: number
}

/** Delivers one node's assignments until stopped, or until a newer consumer of the node takes over. */
export const consumeNode = (services: ConsumerServices, nodeId: NodeId, deliver: (delivery: Delivery) => void): Unsubscribe => {
  const { connection, manager, names, counters, dead, acknowledged, ackWaitMs } = services
  /** Delivered and not acknowledged, by sequence in the stream. */
  const open = new Map<number, JsMsg>()

  const bury = async (message: JsMsg, reason: DeadReason): Promise<void> => {
    if (await dead.keep({ sequence: message.seq, data: message.data, reason })) message.term(reason)
  }

  const receive = (message: JsMsg): void => {
    const decoded = decode(message.string())
    if (Option.isNone(decoded)) return void bury(message, "malformed")
    const assignment = decoded.value
    const { attemptId } = assignment
    if (acknowledged.has(attemptId)) return message.ack()
    if (assignment.expiresAt <= Date.now()) return void bury(message, "expired")
    if (message.redelivered) counters.increment("job_stream_redeliveries_total")
    open.set(message.seq, message)
    const ack = (): void => {
      acknowledged.add(attemptId)
      open.delete(message.seq)
      if (!connection.isClosed()) message.ack()
    }
    deliver({ assignment, ack })
  }

  const stopConsuming = keepConsuming({
    manager,
    stream: names.jobs,
    config: nodeConsumer(names, nodeId, ackWaitMs),
    maxMessages: MAX_UNACKNOWLEDGED,
    receive,
    onRestart: () => counters.increment("job_stream_restarts_total", "node"),
  })

  const giveBack = (): void => {
    if (!connection.isClosed()) for (const message of open.values()) message.nak()
    open.clear()
  }
  let stopped = false
  const stop = (): void => {
    if (stopped) return
    stopped = true
    stopConsuming()
    takeOver.end()
    // Whoever stops may acknowledge in the same breath what it has dealt with; the rest goes to the next consumer at once.
    setImmediate(giveBack)
  }
  const takeOver = announce(connection, names.takenSubject(nodeId), stop)
  return stop
}

/**
 * Tells the node's older consumers, in whatever process, that this one is newer. A node that lost its connection is back elsewhere before
 * its old gateway notices; what the old one took, it would fail.
 */
const announce = (connection: NatsConnection, subject: string, onNewer: () => void): { readonly end: Unsubscribe } => {
  const mine = `${String(Date.now()).padStart(15, "0")}-${randomUUID()}`
  const subscription = connection.subscribe(subject, {
    callback: (refused, message) => {
      if (refused === null && message.string() > mine) onNewer()
    },
  })
  connection.publish(subject, mine)
  return { end: () => subscription.unsubscribe() }
}
