import { setTimeout as delay } from "node:timers/promises"
import type { Assignment } from "#commands/ports/job-stream.ts"
import type { Link, RabbitConnection } from "./link.ts"
import { declareNodeQueue, type RabbitNames } from "./topology.ts"

/** After that the outcome is unknown. Whoever called tries again; the consumer drops a copy. */
const CONFIRM_MS = 5_000
const MAX_UNCONFIRMED = 1_000
/**
 * A younger queue does not survive a kill of its broker, and what it confirmed is gone with it (RabbitMQ 3.10.8: killed after 60 ms, it
 * had no leader ever again; after 1.5 s it came back whole). Until then no confirmation is passed on; the node has the assignment already.
 */
const QUEUE_SETTLES_MS = 1_500
/** A client already reads the answer that this goes on with. Honoured by brokers from 4.0 on; older quorum queues know no priorities. */
const CONTINUES = 9
const BEGINS = 4

/** Resolves when the broker has the assignment on disk. Rejects when it refused it, or when that is not known. */
export const publisher = (rabbit: RabbitConnection, names: RabbitNames): ((assignment: Assignment) => Promise<void>) => {
  const states = new WeakMap<Link, LinkState>()
  let unconfirmed = 0

  const stateOf = (link: Link): LinkState => {
    const known = states.get(link)
    if (known !== undefined) return known
    const state: LinkState = { declared: new Map(), returned: new Set() }
    states.set(link, state)
    // No queue has it. The broker says so before it confirms.
    link.publishing.on("return", ({ properties }) => state.returned.add(String(properties.messageId)))
    return state
  }

  const declare = (link: Link, { nodeId }: Assignment): Promise<Settling> => {
    const { declared } = stateOf(link)
    const queue = names.queueOf(nodeId)
    const known = declared.get(queue)
    if (known !== undefined) return known
    const settling = declareNodeQueue(link.publishing, names, nodeId).then(() => ({ settledAt: Date.now() + QUEUE_SETTLES_MS }))
    declared.set(queue, settling)
    return settling
  }

  const send = (link: Link, assignment: Assignment): Promise<void> =>
    new Promise((resolve, reject) => {
      const { attemptId, nodeId, deliveredCharacters, expiresAt } = assignment
      const { declared, returned } = stateOf(link)
      const timer = setTimeout(() => reject(new Error(`not confirmed within ${CONFIRM_MS} ms`)), CONFIRM_MS)
      const options = {
        persistent: true,
        mandatory: true,
        messageId: attemptId,
        expiration: String(Math.max(1, expiresAt - Date.now())),
        priority: deliveredCharacters === 0 ? BEGINS : CONTINUES,
      }
      link.publishing.publish("", names.queueOf(nodeId), Buffer.from(JSON.stringify(assignment)), options, (refused: unknown) => {
        clearTimeout(timer)
        if (returned.delete(attemptId)) {
          declared.delete(names.queueOf(nodeId))
          reject(new Error("the node's queue is gone"))
        } else if (refused === null || refused === undefined) resolve()
        else reject(refused instanceof Error ? refused : new Error("the broker refused it"))
      })
    })

  return async (assignment) => {
    const link = rabbit.current()
    if (link === null) throw new Error("no connection to the broker")
    if (unconfirmed >= MAX_UNCONFIRMED) throw new Error(`${MAX_UNCONFIRMED} assignments wait for the broker`)
    unconfirmed++
    try {
      const { settledAt } = await declare(link, assignment)
      await send(link, assignment)
      if (Date.now() < settledAt) await delay(settledAt - Date.now())
      if (rabbit.current() !== link) throw new Error("the connection was lost before the queue was safe")
    } finally {
      unconfirmed--
    }
  }
}

interface Settling {
  readonly settledAt: number
}

interface LinkState {
  /** Queues that this connection has declared. */
  readonly declared: Map<string, Promise<Settling>>
  readonly returned: Set<string>
}
