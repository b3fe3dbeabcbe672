import { describe, expect, it } from "vitest"
import type { NodeId, SessionId } from "#domain/kernel/ids.ts"
import { type NodePresence, PRESENCE_TIMEOUT_MS, type PresenceShape } from "#commands/ports/presence.ts"
import { memoryPresence } from "#infra/memory/presence.ts"

const NODE = "0x00000000000000000000000000000000000000A1" as NodeId
const OTHER = "0x00000000000000000000000000000000000000b2" as NodeId
const session = (n: number) => `sess_${n}` as SessionId

const presenceOf = (nodeId: NodeId, sessionId: SessionId, lastSeenAt: number): NodePresence => ({
  nodeId,
  sessionId,
  environment: "testnet",
  payee: nodeId,
  models: [],
  slots: 1,
  lastSeenAt,
  tokensPerSecond: 100,
})

const presenceContract = (adapter: string, open: () => PresenceShape): void => {
  describe(`presence on ${adapter}`, () => {
    it("shows each node once, as it announced itself last", () => {
      const presence = open()
      presence.announce(presenceOf(NODE, session(1), 1_000))
      presence.announce(presenceOf(OTHER, session(2), 1_000))
      presence.announce(presenceOf(NODE, session(1), 2_000))
      expect(presence.online(2_000).map(({ nodeId, lastSeenAt }) => [nodeId, lastSeenAt])).toEqual([
        [NODE, 2_000],
        [OTHER, 1_000],
      ])
    })

    it("does not show a node that was silent for longer than the timeout, until it speaks again", () => {
      const presence = open()
      presence.announce(presenceOf(NODE, session(1), 1_000))
      expect(presence.online(1_000 + PRESENCE_TIMEOUT_MS)).toHaveLength(1)
      expect(presence.online(1_001 + PRESENCE_TIMEOUT_MS)).toEqual([])
      presence.announce(presenceOf(NODE, session(1), 50_000))
      expect(presence.online(50_000)).toHaveLength(1)
    })

    it("forgets a node that leaves, but not for the late goodbye of an older session", () => {
      const presence = open()
      presence.announce(presenceOf(NODE, session(1), 1_000))
      presence.announce(presenceOf(NODE, session(2), 1_000))
      presence.withdraw({ nodeId: NODE, sessionId: session(1) })
      expect(presence.online(1_000).map(({ sessionId }) => sessionId)).toEqual([session(2)])
      presence.withdraw({ nodeId: NODE, sessionId: session(2) })
      expect(presence.online(1_000)).toEqual([])
    })
  })
}

presenceContract("memory", memoryPresence)
