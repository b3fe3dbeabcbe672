import { Schema } from "effect"
import type { SessionId } from "#domain/kernel/ids.ts"
import { canonicalJson, type Json } from "#domain/protocol/canonical-json.ts"
import { NetworkFrame } from "#domain/protocol/frames.ts"
import type { NodeSignaturesShape } from "../ports/node-signatures.ts"
import type { NodeSocket } from "../ports/node-socket.ts"
import type { Refusal } from "./envelope.ts"

const encodeFrame = Schema.encodeSync(NetworkFrame)

type OfSession = "session_id" | "sequence" | "timestamp"
type Content<Frame> = Frame extends unknown ? Omit<Frame, OfSession> : never

export interface Sender {
  /** From now on every frame names this session and its place in it. */
  readonly enter: (sessionId: SessionId) => void
  readonly send: (frame: Content<NetworkFrame>) => void
  readonly refuse: (refusal: Refusal) => void
  /** Refuses and closes. */
  readonly drop: (refusal: Refusal) => void
}

const POLICY_VIOLATION = 1008

/** Numbers, dates and signs what the network says to one node. */
export const makeSender = (socket: NodeSocket, signatures: NodeSignaturesShape): Sender => {
  let sessionId: SessionId | null = null
  let sequence = 0
  const send: Sender["send"] = (content) => {
    const place = sessionId === null ? {} : { session_id: sessionId, sequence: sequence++ }
    const text = canonicalJson(encodeFrame({ ...content, ...place, timestamp: Date.now() } as NetworkFrame) as Json)
    socket.send(`{"frame":${text},"signature":"${signatures.sign(text)}"}`)
  }
  return {
    enter: (session) => (sessionId = session),
    send,
    refuse: ({ code, message }) => send({ type: "refused", code, message, fatal: false }),
    drop: ({ code, message }) => {
      send({ type: "refused", code, message, fatal: true })
      socket.close(POLICY_VIOLATION, code)
    },
  }
}
