import type { NodeId, SessionId } from "#domain/kernel/ids.ts"
import { type NodePresence, PRESENCE_TIMEOUT_MS } from "#commands/ports/presence.ts"
import type { PresenceMessage } from "./presence-wire.ts"

/** A node that two scans in a row do not find has left and its goodbye was lost. One scan may come right after a flush. */
const SCANS_WITHOUT = 2

interface Entry {
  readonly presence: NodePresence
  /** Announced by this process. */
  readonly ours: boolean
  missedScans: number
}

/** Who is connected to any process, as far as this one has heard. Pure bookkeeping: no clock, no connection. */
export class PresenceMirror {
  readonly #self: string
  readonly #entries = new Map<NodeId, Entry>()
  /** Of our own messages about a node only the last one counts when it comes back: the earlier ones are already outdated here. */
  readonly #lastSeq = new Map<NodeId, number>()
  /** Heard of since the scan began: what the scan read may be older. */
  readonly #heard = new Set<NodeId>()
  /** Said goodbye to, and the server has not confirmed it yet: it may have been away. */
  readonly #leaving = new Map<NodeId, SessionId>()
  #seq = 0

  constructor(self: string) {
    this.#self = self
  }

  /** Takes our own word at once; the message tells the others, and us in the server's order. */
  announce(presence: NodePresence): PresenceMessage {
    this.#put(presence, true)
    this.#leaving.delete(presence.nodeId)
    return { type: "here", ...this.#origin(presence.nodeId), presence }
  }

  withdraw(node: { readonly nodeId: NodeId; readonly sessionId: SessionId }): PresenceMessage {
    this.#remove(node)
    this.#leaving.set(node.nodeId, node.sessionId)
    return { type: "gone", ...this.#origin(node.nodeId), ...node }
  }

  hear(message: PresenceMessage): void {
    const nodeId = message.type === "here" ? message.presence.nodeId : message.nodeId
    const own = message.from === this.#self
    if (own && this.#lastSeq.get(nodeId) !== message.seq) return
    if (own) {
      this.#lastSeq.delete(nodeId)
      this.#leaving.delete(nodeId)
    }
    this.#heard.add(nodeId)
    if (message.type === "here") this.#put(message.presence, own)
    else this.#remove(message)
  }

  beginScan(): void {
    this.#heard.clear()
  }

  /** Of the nodes that the server has, by when they were last seen: those it knows better than we do. */
  newer(scanned: ReadonlyMap<NodeId, number>): readonly NodeId[] {
    return [...scanned].flatMap(([nodeId, at]) => (at > (this.#entries.get(nodeId)?.presence.lastSeenAt ?? -Infinity) ? [nodeId] : []))
  }

  learn(presence: NodePresence): void {
    if (this.#leaving.get(presence.nodeId) === presence.sessionId) return
    if (!this.#heard.has(presence.nodeId)) this.#put(presence, false)
  }

  /** What the server has lost or has older of ours, to be said again. Others' nodes that are missing twice are gone. */
  endScan(scanned: ReadonlyMap<NodeId, number>, now: number): readonly PresenceMessage[] {
    const lost: NodePresence[] = []
    for (const [nodeId, entry] of this.#entries) {
      if (entry.presence.lastSeenAt < now - PRESENCE_TIMEOUT_MS) {
        this.#entries.delete(nodeId)
        this.#lastSeq.delete(nodeId)
      } else if (entry.ours) {
        if ((scanned.get(nodeId) ?? -Infinity) < entry.presence.lastSeenAt) lost.push(entry.presence)
      } else {
        entry.missedScans = scanned.has(nodeId) || this.#heard.has(nodeId) ? 0 : entry.missedScans + 1
        if (entry.missedScans >= SCANS_WITHOUT) this.#entries.delete(nodeId)
      }
    }
    const goodbyes = [...this.#leaving].filter(([nodeId]) => scanned.has(nodeId))
    this.#leaving.clear()
    return [
      ...lost.map((presence) => this.announce(presence)),
      ...goodbyes.map(([nodeId, sessionId]) => this.withdraw({ nodeId, sessionId })),
    ]
  }

  online(at: number): readonly NodePresence[] {
    const online: NodePresence[] = []
    for (const { presence } of this.#entries.values()) if (presence.lastSeenAt >= at - PRESENCE_TIMEOUT_MS) online.push(presence)
    return online
  }

  #put(presence: NodePresence, ours: boolean): void {
    this.#entries.set(presence.nodeId, { presence, ours, missedScans: 0 })
  }

  #remove({ nodeId, sessionId }: { readonly nodeId: NodeId; readonly sessionId: SessionId }): void {
    if (this.#entries.get(nodeId)?.presence.sessionId === sessionId) this.#entries.delete(nodeId)
  }

  #origin(nodeId: NodeId): { readonly from: string; readonly seq: number } {
    this.#seq += 1
    this.#lastSeq.set(nodeId, this.#seq)
    return { from: this.#self, seq: this.#seq }
  }
}
