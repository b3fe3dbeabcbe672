import { canonicalJson } from "#domain/protocol/canonical-json.ts"
import type { NodeFrame } from "#domain/protocol/frames.ts"
import type { LinkConnection } from "../ports/network-link.ts"
import type { SessionKey } from "../ports/node-identity.ts"

type OfSession = "node_id" | "session_id" | "sequence" | "timestamp"
type Content<Frame> = Frame extends unknown ? Omit<Frame, OfSession> : never

/** A frame without what every frame of the session carries. */
export type FrameContent = Content<NodeFrame>
export type SendFrame = (content: FrameContent) => void

/** Numbers, dates and signs what the node says in one session. */
export const frameSender = (connection: LinkConnection, key: SessionKey, now: () => number): SendFrame => {
  const { nodeId, sessionId } = key.certificate
  let sequence = 0
  return (content) => {
    const text = canonicalJson({ ...content, node_id: nodeId, session_id: sessionId, sequence, timestamp: now() })
    sequence += 1
    connection.send(`{"frame":${text},"signature":"${key.sign(text)}"}`)
  }
}
