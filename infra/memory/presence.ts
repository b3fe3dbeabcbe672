import type { NodeId } from "#domain/kernel/ids.ts"
import { type NodePresence, PRESENCE_TIMEOUT_MS, type PresenceShape } from "#commands/ports/presence.ts"

/** Who is connected to this process. A node has one entry, that of its newest session. */
export const memoryPresence = (): PresenceShape => {
  const nodes = new Map<NodeId, NodePresence>()

  return {
    announce: (presence) => {
      nodes.set(presence.nodeId, presence)
    },
    // A late goodbye of an old session must not remove the new one.
    withdraw: ({ nodeId, sessionId }) => {
      if (nodes.get(nodeId)?.sessionId === sessionId) nodes.delete(nodeId)
    },
    online: (at) => [...nodes.values()].filter(({ lastSeenAt }) => lastSeenAt >= at - PRESENCE_TIMEOUT_MS),
  }
}
