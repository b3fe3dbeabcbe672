import { randomUUID } from "node:crypto"
import { Schema } from "effect"
import type { CountersShape } from "#commands/ports/counters.ts"
import { NodeId } from "#domain/kernel/ids.ts"
import { type NodePresence, PRESENCE_TIMEOUT_MS, type PresenceShape } from "#commands/ports/presence.ts"
import type { RedisLink } from "./connect.ts"
import { PresenceMirror } from "./presence-mirror.ts"
import { announceNode, withdrawNode } from "./presence-scripts.ts"
import { type PresenceMessage, readMessage, readPresence } from "./presence-wire.ts"
import { runScript } from "./script.ts"

/** After a flush or lost messages all processes agree again within two of these. */
const RESCAN_MS = 3_000
/** Index entries of nodes silent for so long are swept. Many times the timeout: the sweeper's clock may be wrong. */
const SWEEP_AFTER_MS = 20 * PRESENCE_TIMEOUT_MS
/** Presences in one answer. */
const READ_AT_ONCE = 500

export interface RedisPresenceOptions {
  /** In front of every key, and of the channel. */
  readonly prefix: string
  readonly counters: CountersShape
}

export interface RedisPresence extends PresenceShape {
  readonly close: () => void
}

/**
 * Presence that all processes share: each has all of it in memory, loaded at start and kept up to date by messages. While the server
 * is away each keeps what it knows until the nodes' silence ends it, and goes on with its own nodes; a scan on return brings all together.
 */
export const redisPresence = async (link: RedisLink, { prefix, counters }: RedisPresenceOptions): Promise<RedisPresence> => {
  const { commands, subscriber } = link
  const mirror = new PresenceMirror(randomUUID())
  const channel = `${prefix}presence`
  const index = `${prefix}presence:index`
  const keyOf = (nodeId: string): string => `${prefix}presence:node:${nodeId}`

  const failed = (): void => counters.increment("presence_writes_failed_total")
  const send = (message: PresenceMessage): void => {
    const text = JSON.stringify(message)
    if (message.type === "here") {
      const { presence } = message
      const args = [presence.nodeId, JSON.stringify(presence), presence.lastSeenAt, PRESENCE_TIMEOUT_MS, channel, text]
      runScript(commands, announceNode, { keys: [keyOf(presence.nodeId), index], args }).catch(failed)
    } else {
      const args = [message.nodeId, message.sessionId, channel, text]
      runScript(commands, withdrawNode, { keys: [keyOf(message.nodeId), index], args }).catch(failed)
    }
  }

  const read = async (nodeIds: readonly NodeId[]): Promise<void> => {
    for (let from = 0; from < nodeIds.length; from += READ_AT_ONCE) {
      const texts = await commands.mget(nodeIds.slice(from, from + READ_AT_ONCE).map(keyOf))
      for (const text of texts) {
        const presence = text === null ? null : readPresence(text)
        if (presence !== null) mirror.learn(presence)
      }
    }
  }

  const scan = async (): Promise<void> => {
    const now = Date.now()
    mirror.beginScan()
    await commands.zremrangebyscore(index, "-inf", now - SWEEP_AFTER_MS)
    const scanned = lastSeen(await commands.zrangebyscore(index, now - PRESENCE_TIMEOUT_MS, "+inf", "WITHSCORES"))
    await read(mirror.newer(scanned))
    for (const message of mirror.endScan(scanned, now)) send(message)
  }

  const hear = (from: string, text: string): void => {
    if (from !== channel) return
    const message = readMessage(text)
    if (message === null) counters.increment("presence_messages_unknown_total")
    else mirror.hear(message)
  }

  subscriber.on("message", hear)
  await subscriber.subscribe(channel)
  await scan()
  let scanning = false
  const rescan = (): void => {
    if (scanning) return
    scanning = true
    const failedScan = (): void => counters.increment("presence_scans_failed_total")
    void scan().catch(failedScan).finally(() => (scanning = false))
  }
  const timer = setInterval(rescan, RESCAN_MS).unref()
  commands.on("ready", rescan)

  return {
    announce: (presence: NodePresence) => send(mirror.announce(presence)),
    withdraw: (node) => send(mirror.withdraw(node)),
    online: (at) => mirror.online(at),
    close: () => {
      clearInterval(timer)
      commands.off("ready", rescan)
      subscriber.off("message", hear)
    },
  }
}

const isNodeId = Schema.is(NodeId)

/** Members and scores in turn. */
const lastSeen = (answer: readonly string[]): ReadonlyMap<NodeId, number> => {
  const seen = new Map<NodeId, number>()
  for (let at = 0; at + 1 < answer.length; at += 2) {
    const nodeId = answer[at]
    if (isNodeId(nodeId)) seen.set(nodeId, Number(answer[at + 1]))
  }
  return seen
}
