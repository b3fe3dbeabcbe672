import { Cause, Effect, Result } from "effect"
import { type Counted, type NetworkFrame, PROTOCOL_VERSION } from "#domain/protocol/frames.ts"
import { Attempts } from "../jobs/attempts.ts"
import { type NodeStopped, stoppedBy } from "../node-stopped.ts"
import type { FrameCryptoShape } from "../ports/frame-crypto.ts"
import type { EngineFailed, InferenceEngineShape, RequestUnsupported } from "../ports/inference-engine.ts"
import type { LinkConnection } from "../ports/network-link.ts"
import type { SessionKey } from "../ports/node-identity.ts"
import type { NodeSettings } from "../settings.ts"
import { frameSender, type SendFrame } from "./frame-sender.ts"
import { heartbeat } from "./heartbeat.ts"
import { type BadFrame, openFrame } from "./open-frame.ts"
import { selfTest } from "./self-test.ts"

/** From the open connection to `welcome`. */
const HANDSHAKE_MS = 20_000
/** Before its certificate runs out a session is left for a new one. */
const RENEW_BEFORE_MS = 3_600_000

type Frame<Type extends NetworkFrame["type"]> = Extract<NetworkFrame, { type: Type }>

export interface SessionServices {
  readonly engine: InferenceEngineShape
  readonly crypto: FrameCryptoShape
  readonly settings: NodeSettings
  readonly greet: (challenge: Frame<"challenge">) => Effect.Effect<SessionKey, NodeStopped>
  /** The network may give us jobs now. */
  readonly onActive: (models: readonly string[]) => void
}

interface Open {
  readonly key: SessionKey
  readonly send: SendFrame
  readonly attempts: Attempts
}

/** One connection's conversation, from `challenge` to the end. */
export class Session {
  readonly #connection: LinkConnection
  readonly #services: SessionServices
  readonly #complained = new Set<string>()
  readonly #stops: (() => void)[] = []
  readonly #handshake: NodeJS.Timeout
  #networkKey: string | null = null
  #lastSequence = -1
  #open: Open | null = null
  #closed = false
  /** Why the node must not come back; null: it may. */
  stopped: NodeStopped | null = null
  /** What the network said when it ended the session, if it did. */
  refusal: string | null = null
  active = false

  constructor(connection: LinkConnection, services: SessionServices) {
    this.#connection = connection
    this.#services = services
    this.#handshake = setTimeout(() => connection.close(), HANDSHAKE_MS)
  }

  receive(text: string): void {
    if (this.#closed) return
    const { crypto, settings } = this.#services
    const sessionId = this.#open?.key.certificate.sessionId ?? null
    const expected = { networkKey: this.#networkKey, sessionId, lastSequence: this.#lastSequence, at: settings.now(), crypto }
    const opened = openFrame(text, expected)
    if (Result.isFailure(opened)) return this.#bad(opened.failure)
    const frame = opened.success
    if ("sequence" in frame) this.#lastSequence = frame.sequence
    if (frame.type === "refused") return this.#refused(frame)
    if (frame.type === "challenge") return this.#challenged(frame)
    if (this.#open !== null) this.#accept(frame, this.#open)
  }

  /** Says goodbye and takes nothing new; resolves when all that runs has ended. */
  drain(reason: string): Promise<void> {
    if (this.#closed || this.#open === null) return Promise.resolve()
    this.#open.send({ type: "bye", reason })
    return this.#open.attempts.drain()
  }

  /** The connection is gone. */
  close(): void {
    if (this.#closed) return
    this.#closed = true
    clearTimeout(this.#handshake)
    for (const stop of this.#stops) stop()
    this.#open?.attempts.close()
  }

  #challenged(challenge: Frame<"challenge">): void {
    if (this.#networkKey !== null) return
    this.#networkKey = challenge.network_key
    const greeting = this.#services.greet(challenge).pipe(
      Effect.map((key) => this.#hello(key, challenge.nonce)),
      Effect.catch((stopped) => Effect.sync(() => this.#stop(stopped))),
    )
    this.#fork(greeting)
  }

  #hello(key: SessionKey, nonce: string): void {
    if (this.#closed) return
    const { engine, crypto, settings } = this.#services
    const { certificate } = key
    const { now, onAttemptEnded } = settings
    const send = frameSender(this.#connection, key, now)
    this.#open = { key, send, attempts: new Attempts({ engine, crypto, now, onAttemptEnded }, send) }
    const { name, hash, contextLength, tasks, features } = engine.model
    const models = [{ name, hash, context_length: contextLength, tasks, features }]
    send({ type: "hello", protocol: PROTOCOL_VERSION, nonce, certificate, version: settings.version, slots: engine.slots, models })
  }

  #accept(frame: Exclude<NetworkFrame, Frame<"challenge" | "refused">>, open: Open): void {
    switch (frame.type) {
      case "welcome":
        return this.#welcomed(frame, open)
      case "test":
        return this.#fork(Effect.map(selfTest(frame, this.#services.engine, this.#services.settings), open.send))
      case "activated":
        this.active = true
        return this.#services.onActive(frame.models)
      case "assign":
        return open.attempts.assign(frame)
      case "cancel":
        return open.attempts.cancel(frame.attempt_id)
      case "count":
        return this.#count(frame, open)
    }
  }

  #welcomed({ heartbeat_ms }: Frame<"welcome">, { key, send, attempts }: Open): void {
    clearTimeout(this.#handshake)
    const { memoryBytes, random, now } = this.#services.settings
    const beat = () => send({ type: "heartbeat", busy: attempts.busy, memory_bytes: memoryBytes() })
    const renew = () => void this.drain("certificate_expires").then(() => this.#connection.close())
    const renewal = setTimeout(renew, Math.max(0, key.certificate.expiresAt - RENEW_BEFORE_MS - now()))
    this.#stops.push(heartbeat(heartbeat_ms, random, beat), () => clearTimeout(renewal))
  }

  #count({ request_id, model, request }: Frame<"count">, { send }: Open): void {
    const { engine } = this.#services
    const answer = (result: (typeof Counted.Type)["result"]) => send({ type: "counted", request_id, result })
    if (model !== engine.model.name) return answer({ ok: false, reason: "failed", message: "this node does not serve that model" })
    const counted = engine.count(request).pipe(
      Effect.map((size) => answer({ ok: true, ...size })),
      Effect.catch((failure) => Effect.sync(() => answer(notCounted(failure)))),
    )
    this.#fork(counted)
  }

  #refused({ code, message, fatal }: Frame<"refused">): void {
    this.#services.settings.log.warn({ code, reason: message, fatal }, "the network refused something this node sent")
    if (!fatal) return
    this.refusal = `${code}: ${message}`
    const stopped = stoppedBy(code, message)
    if (stopped === null) this.#connection.close()
    else this.#stop(stopped)
  }

  #stop(stopped: NodeStopped): void {
    this.stopped = stopped
    this.#connection.close()
  }

  /** Each kind once: a broken network must not fill the owner's disk. */
  #bad(kind: BadFrame): void {
    if (!this.#complained.has(kind)) this.#services.settings.log.warn({ kind }, COMPLAINTS[kind])
    this.#complained.add(kind)
    if (kind === "bad_signature") this.#connection.close()
  }

  #fork(effect: Effect.Effect<void>): void {
    const { log } = this.#services.settings
    const fiber = Effect.runFork(
      Effect.catchCause(effect, (cause) => Effect.sync(() => log.error({ err: Cause.squash(cause) }, "a step of the session failed"))),
    )
    this.#stops.push(() => fiber.interruptUnsafe())
  }
}

/** Longest explanation of a `counted` frame. */
const MAX_MESSAGE_CHARACTERS = 512

const notCounted = ({ _tag, message }: EngineFailed | RequestUnsupported): (typeof Counted.Type)["result"] => ({
  ok: false,
  reason: _tag === "RequestUnsupported" ? "unsupported" : "failed",
  message: message.slice(0, MAX_MESSAGE_CHARACTERS).toWellFormed(),
})

const COMPLAINTS: Readonly<Record<BadFrame, string>> = {
  malformed: "the network sent a frame that this node does not understand; ignored",
  bad_signature: "a frame was not signed by the network's key; connecting again",
  replayed: "a frame of another session, or one that came before, arrived again; ignored: somebody may be in between",
  stale: "a frame is more than a minute old or ahead; ignored: check the machine's clock",
}
