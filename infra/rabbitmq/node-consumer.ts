import { randomUUID } from "node:crypto"
import type { ConsumeMessage } from "amqplib"
import { Option, Schema } from "effect"
import type { Unsubscribe } from "#commands/ports/bus.ts"
import type { CountersShape } from "#commands/ports/counters.ts"
import { Assignment, type Delivery } from "#commands/ports/job-stream.ts"
import type { NodeId } from "#domain/kernel/ids.ts"
import type { RecentAttempts } from "../memory/recent-attempts.ts"
import type { Link, RabbitConnection } from "./link.ts"
import { declareNodeQueue, type RabbitNames } from "./topology.ts"

/** Before a consumer that the broker refused or cancelled is asked for again. */
const RETRY_MS = 500

export const decodeAssignment = Schema.decodeUnknownOption(Schema.fromJsonString(Assignment))

export interface ConsumerServices {
  readonly rabbit: RabbitConnection
  readonly names: RabbitNames
  readonly counters: CountersShape
  readonly acknowledged: RecentAttempts
  readonly ackWaitMs: number
}

interface Open {
  readonly attemptId: string
  readonly link: Link
  readonly message: ConsumeMessage
  readonly timer: NodeJS.Timeout
}

/** One node's assignments, from the connection that is there to the next one. */
export class NodeConsumer {
  readonly #services: ConsumerServices
  readonly #nodeId: NodeId
  readonly #deliver: (delivery: Delivery) => void
  readonly #leave: Unsubscribe
  readonly #tag = randomUUID()
  /** Of two consumers of a node the newer gets every message: the broker prefers the higher number. */
  readonly #priority = Date.now()
  readonly #open = new Map<string, Open>()
  #stopped = false

  constructor(services: ConsumerServices, nodeId: NodeId, deliver: (delivery: Delivery) => void) {
    this.#services = services
    this.#nodeId = nodeId
    this.#deliver = deliver
    this.#leave = services.rabbit.whenUp((link) => void this.#consume(link))
  }

  stop(): void {
    if (this.#stopped) return
    this.#stopped = true
    this.#leave()
    this.#services.rabbit.current()?.consuming.cancel(this.#tag).catch(() => {})
    // Whoever stops may acknowledge in the same breath what it has dealt with; the rest goes to the next consumer at once.
    setImmediate(() => {
      for (const open of this.#open.values()) this.#settle(open, "requeue")
    })
  }

  async #consume(link: Link): Promise<void> {
    this.#forget(link)
    const { names } = this.#services
    try {
      await declareNodeQueue(link.publishing, names, this.#nodeId)
      if (this.#stopped) return
      const receive = (message: ConsumeMessage | null): void =>
        message === null ? this.#retry(link) : this.#receive(link, message)
      const options = { consumerTag: this.#tag, arguments: { "x-priority": this.#priority } }
      await link.consuming.consume(names.queueOf(this.#nodeId), receive, options)
    } catch {
      this.#retry(link)
    }
  }

  /** On a link that is lost the next one begins by itself. */
  #retry(link: Link): void {
    setTimeout(() => {
      if (!this.#stopped && this.#services.rabbit.current() === link) void this.#consume(link)
    }, RETRY_MS).unref()
  }

  /** What came over an earlier connection is given out again by the broker. */
  #forget(link: Link): void {
    for (const [attemptId, open] of this.#open) {
      if (open.link === link) continue
      clearTimeout(open.timer)
      this.#open.delete(attemptId)
    }
  }

  #receive(link: Link, message: ConsumeMessage): void {
    const { acknowledged, counters, ackWaitMs } = this.#services
    if (this.#stopped) return link.consuming.nack(message, false, true)
    const decoded = decodeAssignment(message.content.toString())
    if (Option.isNone(decoded)) return link.consuming.nack(message, false, false)
    const assignment = decoded.value
    const { attemptId } = assignment
    // A copy: its publish was repeated because nobody knew whether the first one had arrived.
    if (acknowledged.has(attemptId) || this.#open.has(attemptId)) return link.consuming.ack(message)
    if (assignment.expiresAt <= Date.now()) return link.consuming.nack(message, false, false)
    if (message.fields.redelivered) counters.increment("job_stream_redeliveries_total")
    const timer = setTimeout(() => this.#settle(open, "requeue"), ackWaitMs)
    const open: Open = { attemptId, link, message, timer: timer.unref() }
    this.#open.set(attemptId, open)
    const ack = (): void => {
      acknowledged.add(attemptId)
      if (this.#open.get(attemptId) === open) this.#settle(open, "ack")
    }
    this.#deliver({ assignment, ack })
  }

  #settle(open: Open, how: "ack" | "requeue"): void {
    const { attemptId, link, message, timer } = open
    clearTimeout(timer)
    this.#open.delete(attemptId)
    // On a lost link the broker takes the message back by itself.
    if (this.#services.rabbit.current() !== link) return
    if (how === "ack") link.consuming.ack(message)
    else link.consuming.nack(message, false, true)
  }
}
