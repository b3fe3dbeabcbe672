import { Schema } from "effect"
import { canonicalJson, type Json } from "#domain/protocol/canonical-json.ts"
import { NetworkFrame } from "#domain/protocol/frames.ts"
import type { NodeSignaturesShape } from "../ports/node-signatures.ts"
import type { NodeSocket } from "../ports/node-socket.ts"
import type { Refusal } from "./envelope.ts"

const encodeFrame = Schema.encodeSync(NetworkFrame)

type WithoutTimestamp<Frame> = Frame extends unknown ? Omit<Frame, "timestamp"> : never

export interface Sender {
  readonly send: (frame: WithoutTimestamp<NetworkFrame>) => void
  readonly refuse: (refusal: Refusal) => void
  /** Refuses and closes. */
  readonly drop: (refusal: Refusal) => void
}

const POLICY_VIOLATION = 1008

/** Signs what the network says to one node. */
export const makeSender = (socket: NodeSocket, signatures: NodeSignaturesShape): Sender => {
  const send = (frame: WithoutTimestamp<NetworkFrame>): void => {
    const text = canonicalJson(encodeFrame({ ...frame, timestamp: Date.now() } as NetworkFrame) as Json)
    socket.send(`{"frame":${text},"signature":"${signatures.sign(text)}"}`)
  }
  return {
    send,
    refuse: ({ code, message }) => send({ type: "refused", code, message, fatal: false }),
    drop: ({ code, message }) => {
      send({ type: "refused", code, message, fatal: true })
      socket.close(POLICY_VIOLATION, code)
    },
  }
}
