import type { AttemptId } from "#domain/kernel/ids.ts"
import { mostJobs } from "#domain/policies/eligibility.ts"
import type { Assign, Declined } from "#domain/protocol/frames.ts"
import type { SendFrame } from "../session/frame-sender.ts"
import { AttemptRun, type Ending, type RunServices } from "./attempt-run.ts"
import { TokenCoalescer } from "./token-coalescer.ts"

/** An attempt that has said nothing by then is confirmed by itself; its first text or its ending confirms it as well. */
export const ACCEPT_MS = 500
/** Ended attempts that are remembered, so that a repeated assignment is not run twice. */
const MAX_ENDED = 2_000

type DeclineReason = (typeof Declined.Type)["reason"]

/** What one session was given to do: each attempt runs once, its text goes out in order, its ending comes last. */
export class Attempts {
  readonly #services: RunServices
  readonly #send: SendFrame
  readonly #coalescer: TokenCoalescer
  readonly #running = new Map<AttemptId, AttemptRun>()
  readonly #ended = new Set<AttemptId>()
  #draining = false
  #onIdle: (() => void) | null = null

  constructor(services: RunServices, send: SendFrame) {
    this.#services = services
    this.#send = send
    this.#coalescer = new TokenCoalescer((chunks) => send({ type: "tokens", chunks }))
  }

  get busy(): number {
    return this.#running.size
  }

  assign(assign: Assign): void {
    const { attempt_id } = assign
    if (this.#running.has(attempt_id) || this.#ended.has(attempt_id)) return this.#send({ type: "accepted", attempt_id })
    const reason = this.#whyNot(assign)
    if (reason !== null) return this.#send({ type: "declined", attempt_id, reason })
    const accepted = setTimeout(() => this.#send({ type: "accepted", attempt_id }), ACCEPT_MS)
    const attempt = new AttemptRun(assign, this.#services, {
      onText: (text, tokens) => {
        clearTimeout(accepted)
        this.#coalescer.push(attempt_id, text, tokens)
      },
      onEnd: (ending) => {
        clearTimeout(accepted)
        this.#end(attempt_id, ending)
      },
    })
    this.#running.set(attempt_id, attempt)
    attempt.start()
  }

  cancel(attemptId: AttemptId): void {
    this.#running.get(attemptId)?.stop("cancelled")
  }

  /** Takes nothing new. Resolves when everything that runs has ended. */
  drain(): Promise<void> {
    this.#draining = true
    if (this.#running.size === 0) return Promise.resolve()
    return new Promise((resolve) => (this.#onIdle = resolve))
  }

  /** The connection is gone: stops everything, says nothing. */
  close(): void {
    this.#coalescer.close()
    for (const attempt of this.#running.values()) attempt.stop("lost")
    this.#running.clear()
    this.#onIdle?.()
  }

  #whyNot({ model, expires_at }: Assign): DeclineReason | null {
    const { engine, now } = this.#services
    if (this.#draining) return "draining"
    if (model !== engine.model.name) return "unknown_model"
    if (expires_at <= now()) return "expired"
    return this.#running.size >= mostJobs(engine.slots) ? "no_slot" : null
  }

  #end(attemptId: AttemptId, ending: Ending): void {
    if (!this.#running.delete(attemptId)) return
    this.#coalescer.finish(attemptId)
    this.#remember(attemptId)
    this.#send(ending)
    if (this.#running.size === 0) this.#onIdle?.()
  }

  #remember(attemptId: AttemptId): void {
    this.#ended.add(attemptId)
    const oldest = this.#ended.keys().next()
    if (this.#ended.size > MAX_ENDED && !oldest.done) this.#ended.delete(oldest.value)
  }
}
