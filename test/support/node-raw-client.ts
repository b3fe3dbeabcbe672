import { once } from "node:events"
import { Effect } from "effect"
import { WebSocket } from "ws"
import { type NetworkFrame, PROTOCOL_VERSION } from "#domain/protocol/frames.ts"
import type { SessionKey } from "#node/ports/node-identity.ts"
import { frameSender, type FrameContent } from "#node/session/frame-sender.ts"
import { eventually } from "#test/support/node-live-network.ts"
import { freshIdentity } from "#test/support/node-test-keys.ts"

type Of<Type extends NetworkFrame["type"]> = Extract<NetworkFrame, { type: Type }>

/** A node that says whatever a test wants, true or not, over a real WebSocket. */
export const rawClient = async (url: string, identity = freshIdentity()) => {
  const key: SessionKey = await Effect.runPromise(identity.newSession("testnet"))
  const socket = new WebSocket(url)
  const heard: NetworkFrame[] = []
  const sent: string[] = []
  const listeners: ((frame: NetworkFrame) => void)[] = []
  socket.on("message", (data) => {
    const { frame }: { readonly frame: NetworkFrame } = JSON.parse(String(data))
    heard.push(frame)
    for (const listener of listeners) listener(frame)
  })
  const closed = new Promise<number>((resolve) => socket.on("close", resolve))
  await once(socket, "open")
  const sendRaw = (text: string): void => {
    sent.push(text)
    socket.send(text)
  }
  const texts: string[] = []
  const sign = frameSender({ send: (text) => void texts.push(text), close: () => {} }, key, Date.now)
  /** The signed text of the session's next frame, not sent yet. */
  const signed = (content: FrameContent): string => {
    sign(content)
    return texts.pop() ?? ""
  }
  const send = (content: FrameContent): void => sendRaw(signed(content))
  const frame = <Type extends NetworkFrame["type"]>(type: Type, n = 0): Promise<Of<Type>> =>
    eventually(() => {
      const found = heard.filter((candidate): candidate is Of<Type> => candidate.type === type)[n]
      if (found === undefined) throw new Error(`no ${type} yet`)
      return found
    })
  const hello = async (changes: Partial<Extract<FrameContent, { type: "hello" }>> = {}): Promise<void> => {
    const { nonce } = await frame("challenge")
    const models = [{ name: "m", hash: "a".repeat(64), context_length: 512, tasks: ["chat"] as const, features: [] }]
    send({ type: "hello", protocol: PROTOCOL_VERSION, nonce, certificate: key.certificate, version: "0", slots: 4, models, ...changes })
  }
  return {
    identity, key, sent, closed, signed, send, sendRaw, frame, hello,
    onFrame: (listener: (frame: NetworkFrame) => void) => void listeners.push(listener),
    /** As an honest node would, up to the moment when it may get jobs. */
    join: async () => {
      await hello()
      await frame("test")
      send({ type: "tested", model: "m", text: "pong", tokens: 1, duration_ms: 10 })
      await frame("activated")
    },
    close: () => socket.terminate(),
  }
}
