import { Effect, Result } from "effect"
import { RECORD_RETRY } from "#commands/job/record-retry.ts"
import type { NodeModel } from "#domain/node/index.ts"
import { type Hello, MAX_FRAME_BYTES, type NodeFrame, PROTOCOL_VERSION, type Tested } from "#domain/protocol/frames.ts"
import type { Environment } from "#domain/kernel/ids.ts"
import type { NodeSocket } from "../ports/node-socket.ts"
import { ActiveSession, type IoServices } from "./active-session.ts"
import { checkEnvelope, openEnvelope, type Refusal } from "./envelope.ts"
import { activateModels, checkHello, closeSession, openSession } from "./handshake.ts"
import { HANDSHAKE_MS, HEARTBEAT_MS, SILENCE_MS, TEST_MS, TEST_TOKENS } from "./limits.ts"
import { testedSpeed, testRequest } from "./model-test.ts"
import { RecentRefusals } from "./recent-refusals.ts"
import { makeSender, type Sender } from "./sender.ts"

type HelloFrame = typeof Hello.Type

type Stage =
  | { readonly name: "challenged"; readonly nonce: string }
  | { readonly name: "checking"; readonly hello: HelloFrame }
  | { readonly name: "testing"; readonly hello: HelloFrame; readonly speeds: readonly number[] }
  | { readonly name: "active"; readonly hello: HelloFrame; readonly session: ActiveSession }
  | { readonly name: "closed" }

export interface ConnectionEvents {
  /** The session is on record; an older one of the same node must go. */
  readonly onOpened: (connection: Connection, nodeId: string) => void
  readonly onClosed: (connection: Connection, nodeId: string | null) => void
}

/** One node's socket, from `challenge` to its close. */
export class Connection {
  readonly #socket: NodeSocket
  readonly #services: IoServices
  readonly #events: ConnectionEvents
  readonly #sender: Sender
  readonly #refusals = new RecentRefusals()
  #stage: Stage
  #lastSequence = -1
  #timer: NodeJS.Timeout | undefined

  constructor(socket: NodeSocket, services: IoServices, environment: Environment, events: ConnectionEvents) {
    this.#socket = socket
    this.#services = services
    this.#events = events
    this.#sender = makeSender(socket, services.signatures)
    const nonce = services.signatures.nonce()
    this.#stage = { name: "challenged", nonce }
    socket.onMessage((text) => this.#receive(text))
    socket.onClose((reason) => this.#closed(reason))
    this.#expect(HANDSHAKE_MS)
    const network_key = services.signatures.networkKey
    this.#sender.send({ type: "challenge", protocol: PROTOCOL_VERSION, nonce, environment, network_key })
  }

  drop(refusal: Refusal): void {
    if (this.#stage.name !== "closed") this.#sender.drop(refusal)
    this.#closed(refusal.code)
  }

  #expect(ms: number): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.drop({ code: "stale_message", message: `nothing heard for ${ms / 1000} s` }), ms)
  }

  #receive(text: string): void {
    if (this.#stage.name === "closed") return
    if (text.length > MAX_FRAME_BYTES) return this.#refuse({ code: "frame_too_large", message: `over ${MAX_FRAME_BYTES} bytes` }, true)
    const opened = openEnvelope(text)
    if (Result.isFailure(opened)) return this.#refuse(opened.failure, this.#stage.name !== "active")
    const { frame, signature, signedText } = opened.success
    const hello = "hello" in this.#stage ? this.#stage.hello : frame.type === "hello" ? frame : null
    if (hello === null) return this.#refuse({ code: "unexpected_frame", message: "the first frame must be hello" }, true)
    const { nodeId, sessionId, publicKey } = hello.certificate
    const { signatures } = this.#services
    const session = { lastSequence: this.#lastSequence, at: Date.now(), signatures }
    const refusal = checkEnvelope(opened.success, { nodeId, sessionId, publicKey }, session)
    if (refusal !== null) return this.#refuse(refusal, refusal.code === "bad_signature" || this.#stage.name !== "active")
    this.#lastSequence = frame.sequence
    this.#accept(frame, { text: signedText, signature })
  }

  #accept(frame: NodeFrame, signed: { readonly text: string; readonly signature: string }): void {
    const stage = this.#stage
    if (stage.name === "challenged" && frame.type === "hello") return this.#open(frame, stage.nonce)
    if (stage.name === "testing" && frame.type === "tested") return this.#tested(frame, stage)
    if (stage.name === "active" && frame.type !== "hello" && frame.type !== "tested") {
      this.#expect(SILENCE_MS)
      const refusal = stage.session.receive(frame, signed)
      return refusal === null ? undefined : this.#refuse(refusal, false)
    }
    // A heartbeat or goodbye during the tests is early, not wrong.
    if (stage.name === "testing" && (frame.type === "heartbeat" || frame.type === "bye")) return
    this.#refuse({ code: "unexpected_frame", message: `${frame.type} is not expected now` }, stage.name !== "active")
  }

  #open(hello: HelloFrame, nonce: string): void {
    this.#stage = { name: "checking", hello }
    this.#sender.enter(hello.certificate.sessionId)
    const open = Effect.gen({ self: this }, function* () {
      const refusal = yield* checkHello(hello, nonce)
      if (refusal !== null) return this.#refuse(refusal, true)
      // Whatever became of the record: without its close an opened session stays open in every read model.
      yield* Effect.onError(openSession(hello), () => Effect.sync(() => this.#recordClose(hello, "unavailable")))
      if (this.#stage.name !== "checking") return this.#recordClose(hello, "connection_lost")
      this.#events.onOpened(this, hello.certificate.nodeId)
      this.#stage = { name: "testing", hello, speeds: [] }
      this.#sender.send({ type: "welcome", heartbeat_ms: HEARTBEAT_MS })
      this.#test(hello, 0)
    })
    this.#services.fork("open_session", this.#orRefuse(open))
  }

  #test(hello: HelloFrame, index: number): void {
    const model = hello.models[index]
    if (model === undefined) return
    this.#expect(TEST_MS)
    this.#sender.send({ type: "test", model: model.name, request: testRequest(model), max_output_tokens: TEST_TOKENS })
  }

  #tested(tested: typeof Tested.Type, stage: Extract<Stage, { name: "testing" }>): void {
    const { hello, speeds } = stage
    const model = hello.models[speeds.length]
    const speed = model === undefined ? null : testedSpeed(tested, testRequest(model))
    if (tested.model !== model?.name || speed === null) {
      return this.#refuse({ code: "test_failed", message: `model ${tested.model} did not answer its test` }, true)
    }
    const passed = [...speeds, speed]
    this.#stage = { name: "testing", hello, speeds: passed }
    if (passed.length < hello.models.length) return this.#test(hello, passed.length)
    this.#activate(hello, passed)
  }

  #activate(hello: HelloFrame, speeds: readonly number[]): void {
    const { certificate, slots } = hello
    const models: readonly NodeModel[] = hello.models.map(({ name, hash, context_length, tasks, features }) => ({
      name, hash, contextLength: context_length, tasks, features,
    }))
    const activate = Effect.gen({ self: this }, function* () {
      yield* activateModels(certificate, models)
      if (this.#stage.name !== "testing") return
      const facts = { certificate, models, slots, tokensPerSecond: Math.min(...speeds) }
      this.#expect(SILENCE_MS)
      this.#sender.send({ type: "activated", models: models.map((model) => model.name) })
      this.#stage = { name: "active", hello, session: new ActiveSession(facts, this.#sender, this.#services) }
    })
    this.#services.fork("activate_session", this.#orRefuse(activate))
  }

  /** A node must not wait for an answer that will not come. */
  #orRefuse<Success, Failure, Needs>(effect: Effect.Effect<Success, Failure, Needs>) {
    const unavailable: Refusal = { code: "unavailable", message: "the network cannot take nodes right now; try again" }
    return effect.pipe(Effect.onError(() => Effect.sync(() => this.#refuse(unavailable, true))))
  }

  #refuse(refusal: Refusal, fatal: boolean): void {
    this.#services.counters.increment("io_refused_total", refusal.code)
    if (this.#refusals.tooMany(Date.now()) || fatal) return this.drop(refusal)
    this.#sender.refuse(refusal)
  }

  #closed(reason: string): void {
    const stage = this.#stage
    if (stage.name === "closed") return
    this.#stage = { name: "closed" }
    clearTimeout(this.#timer)
    this.#socket.close(1000, reason)
    if (stage.name === "active") stage.session.close()
    if (stage.name === "active" || stage.name === "testing") this.#recordClose(stage.hello, reason)
    this.#events.onClosed(this, "hello" in stage ? stage.hello.certificate.nodeId : null)
  }

  #recordClose({ certificate }: HelloFrame, reason: string): void {
    this.#services.fork("close_session", Effect.retry(closeSession(certificate, reason), RECORD_RETRY))
  }
}
