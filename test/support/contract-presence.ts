import { afterAll, beforeEach, describe, expect, it, vi } from "vitest"
import { uuidV7 } from "#commands/ids.ts"
import { type NodePresence, PRESENCE_TIMEOUT_MS, type PresenceShape } from "#commands/ports/presence.ts"
import { NodeId, SessionId } from "#domain/kernel/ids.ts"

export interface OpenedPresence {
  readonly one: PresenceShape
  /** The same presence as another process has it. */
  readonly other: PresenceShape
  readonly close: () => Promise<void>
}

export const NODE = NodeId.make("0x00000000000000000000000000000000000000A1")
export const OTHER = NodeId.make("0x00000000000000000000000000000000000000b2")
const sessions = new Map<number, SessionId>()

/** The same for the same number. */
export const session = (n: number): SessionId => {
  const known = sessions.get(n) ?? SessionId.make(`sess_${uuidV7()}`)
  sessions.set(n, known)
  return known
}

export const presenceOf = (nodeId: NodeId, sessionId: SessionId, lastSeenAt: number): NodePresence => ({
  nodeId,
  sessionId,
  environment: "testnet",
  payee: nodeId,
  models: [{ name: "tiny", hash: "00", contextLength: 2_048 }],
  slots: 1,
  lastSeenAt,
  tokensPerSecond: 99.5,
})

/** Another process hears of it in its own time. */
export const eventually = (check: () => void): Promise<void> => vi.waitFor(check, { timeout: 15_000, interval: 10 })

/** The rules of Presence, for every adapter. */
export const presenceContract = (adapter: string, open: () => Promise<OpenedPresence>): void => {
  describe(`presence on ${adapter}`, () => {
    const opened: OpenedPresence[] = []
    let one: PresenceShape
    let other: PresenceShape
    beforeEach(async () => {
      const presence = await open()
      opened.push(presence)
      ;({ one, other } = presence)
    })
    afterAll(async () => {
      for (const { close } of opened) await close()
    })

    it("shows each node once, as it announced itself last", () => {
      one.announce(presenceOf(NODE, session(1), 1_000))
      one.announce(presenceOf(OTHER, session(2), 1_000))
      one.announce(presenceOf(NODE, session(1), 2_000))
      expect(one.online(2_000).map(({ nodeId, lastSeenAt }) => [nodeId, lastSeenAt])).toEqual([
        [NODE, 2_000],
        [OTHER, 1_000],
      ])
    })

    it("does not show a node that was silent for longer than the timeout, until it speaks again", () => {
      one.announce(presenceOf(NODE, session(1), 1_000))
      expect(one.online(1_000 + PRESENCE_TIMEOUT_MS)).toHaveLength(1)
      expect(one.online(1_001 + PRESENCE_TIMEOUT_MS)).toEqual([])
      one.announce(presenceOf(NODE, session(1), 50_000))
      expect(one.online(50_000)).toHaveLength(1)
    })

    it("forgets a node that leaves, but not for the late goodbye of an older session", () => {
      one.announce(presenceOf(NODE, session(1), 1_000))
      one.announce(presenceOf(NODE, session(2), 1_000))
      one.withdraw({ nodeId: NODE, sessionId: session(1) })
      expect(one.online(1_000).map(({ sessionId }) => sessionId)).toEqual([session(2)])
      one.withdraw({ nodeId: NODE, sessionId: session(2) })
      expect(one.online(1_000)).toEqual([])
    })

    it("shows another process the same node, its move there and its goodbye", async () => {
      const at = Date.now()
      const here = presenceOf(NODE, session(1), at)
      one.announce(here)
      await eventually(() => expect(other.online(at)).toEqual([here]))
      const moved = presenceOf(NODE, session(2), at + 1)
      other.announce(moved)
      await eventually(() => expect(one.online(at + 1)).toEqual([moved]))
      one.withdraw({ nodeId: NODE, sessionId: session(1) })
      one.announce(presenceOf(OTHER, session(3), at))
      await eventually(() => expect(other.online(at)).toHaveLength(2))
      other.withdraw({ nodeId: NODE, sessionId: session(2) })
      await eventually(() => expect(one.online(at).map(({ nodeId }) => nodeId)).toEqual([OTHER]))
    })
  })
}
