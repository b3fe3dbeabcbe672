import { Effect, Result, Schema } from "effect"
import { vi } from "vitest"
import { canonicalJson, type Json } from "#domain/protocol/canonical-json.ts"
import { type NetworkFrame, type NodeFrame, PROTOCOL_VERSION, SignedNodeFrame } from "#domain/protocol/frames.ts"
import { LinkFailed, type NetworkLinkShape } from "#node/ports/network-link.ts"
import { networkSignatures } from "#test/support/node-test-keys.ts"

type Content<Frame> = Frame extends unknown ? Omit<Frame, "session_id" | "sequence" | "timestamp"> : never
export type NetworkContent = Content<NetworkFrame>
type Of<Type extends NodeFrame["type"]> = Extract<NodeFrame, { type: Type }>

/** A test that the fake engine passes. */
export const PING = { task: "chat" as const, messages: [{ role: "user" as const, content: "ping" }], sampling: { temperature: 0 } }

const decode = Schema.decodeUnknownResult(SignedNodeFrame)

/** The network's end of one connection: real frames and signatures, and a test that decides what is said. */
export class FakeConnection {
  readonly received: NodeFrame[] = []
  readonly #signatures: ReturnType<typeof networkSignatures>
  readonly #deliver: (text: string) => void
  readonly hangUp: (reason: string) => void
  #sequence = 0

  constructor(signatures: ReturnType<typeof networkSignatures>, deliver: (text: string) => void, hangUp: (reason: string) => void) {
    this.#signatures = signatures
    this.#deliver = deliver
    this.hangUp = hangUp
  }

  send(content: NetworkContent): void {
    this.sendRaw(this.signed(content))
  }

  /** The signed text of the next frame, not sent yet; in the session as soon as the node has said hello. */
  signed(content: NetworkContent): string {
    const hello = this.all("hello")[0]
    const place = hello === undefined ? {} : { session_id: hello.session_id, sequence: this.#sequence++ }
    const text = canonicalJson({ ...content, ...place, timestamp: Date.now() } as Json)
    return `{"frame":${text},"signature":"${this.#signatures.sign(text)}"}`
  }

  sendRaw(text: string): void {
    this.#deliver(text)
  }

  /** Whatever the node says must be a frame, signed by the session key that its hello brought. */
  hear(text: string): void {
    const json: { readonly frame: Json } = JSON.parse(text)
    const { frame, signature } = Result.getOrThrow(decode(json))
    this.received.push(frame)
    const { certificate } = this.all("hello")[0] ?? fail("something came before hello")
    const { publicKey } = certificate
    if (!this.#signatures.verify({ publicKey, text: canonicalJson(json.frame), signature })) fail(`${frame.type} is not signed`)
  }

  all<Type extends NodeFrame["type"]>(type: Type): readonly Of<Type>[] {
    return this.received.filter((frame): frame is Of<Type> => frame.type === type)
  }

  /** The nth frame of that type, once it has come. */
  frame<Type extends NodeFrame["type"]>(type: Type, n = 0): Promise<Of<Type>> {
    return vi.waitFor(() => this.all(type)[n] ?? fail(`no ${type} yet`), { timeout: 2_000, interval: 2 })
  }

  /** All text of an attempt so far. */
  textOf(attemptId: string): string {
    return this.all("tokens").flatMap(({ chunks }) => chunks).filter((chunk) => chunk.attempt_id === attemptId).map(({ text }) => text).join("")
  }
}

const fail = (message: string): never => {
  throw new Error(message)
}

export interface FakeNetworkOptions {
  readonly environment?: "testnet" | "mainnet"
  readonly protocol?: number
}

/** A network that greets each connection with a challenge. `online = false` refuses connections. */
export const fakeNetwork = ({ environment = "testnet", protocol = PROTOCOL_VERSION }: FakeNetworkOptions = {}) => {
  const signatures = networkSignatures()
  const connections: FakeConnection[] = []
  const state = { online: true, networkKey: signatures.networkKey }
  const link: NetworkLinkShape = {
    connect: (serve) =>
      Effect.callback((resume) => {
        if (!state.online) return resume(Effect.fail(new LinkFailed({ message: "nothing answers" })))
        const hangUp = (reason: string) => resume(Effect.succeed(reason))
        const receive = serve({ send: (text) => connection.hear(text), close: () => hangUp("closed by the node") })
        const connection = new FakeConnection(signatures, (text) => receive(text), hangUp)
        connections.push(connection)
        connection.send({ type: "challenge", protocol, nonce: `nonce-${connections.length}`, environment, network_key: state.networkKey })
        return Effect.void
      }),
  }
  const connection = (n = 0): Promise<FakeConnection> =>
    vi.waitFor(() => connections[n] ?? fail("no connection yet"), { timeout: 2_000, interval: 2 })

  /** The nth connection, brought as far as `activated`. */
  const activated = async (n = 0): Promise<FakeConnection> => {
    const node = await connection(n)
    const hello = await node.frame("hello")
    node.send({ type: "welcome", heartbeat_ms: 10_000 })
    const model = hello.models[0]?.name ?? fail("no model offered")
    node.send({ type: "test", model, request: PING, max_output_tokens: 4 })
    await node.frame("tested")
    node.send({ type: "activated", models: [model] })
    return node
  }
  return { link, signatures, state, connections, connection, activated }
}

export type FakeNetwork = ReturnType<typeof fakeNetwork>
