import { Effect, Result } from "effect"
import type { BusShape } from "#commands/ports/bus.ts"
import type { GatewayId } from "#domain/kernel/ids.ts"
import { requestSubject } from "#domain/protocol/request-messages.ts"
import type { Request } from "#domain/request/index.ts"
import type { RequestPlace, Requests } from "../../ports/requests.ts"
import { partsOf } from "./reply-parts.ts"
import { replyGone, requestCancelledError, requestExpired } from "./request-problems.ts"
import type { Run } from "./run.ts"
import type { Runs } from "./runs.ts"
import type { Page } from "./tape.ts"

export interface SourceDeps {
  readonly gatewayId: GatewayId
  readonly bus: BusShape
  readonly requests: Requests
  readonly runs: Runs
}

/** A reader without news looks around after this. */
const PATIENCE_MS = 5_000
/** Longer than the other gateway waits for something new. */
const REPLY_MS = 2_500
/** A request may be queued for a day: whoever waits for it looks less and less often. */
const LOOK_AGAIN_MS = 100
const LOOK_AGAIN_GROWTH = 1.5
export const LOOK_AGAIN_MAX_MS = 2_000

/**
 * One reader's way through a reply, wherever it is: made here, made by another gateway, or kept. A page of another generation is not the
 * same reply; who reads decides what that means.
 */
export class ReplySource {
  readonly #place: RequestPlace
  readonly #deps: SourceDeps
  /** From the run that is being read from. */
  #detach = (): void => {}
  #wake = (): void => {}
  #restMs = LOOK_AGAIN_MS

  constructor(place: RequestPlace, deps: SourceDeps) {
    this.#place = place
    this.#deps = deps
  }

  /** What follows `after` parts, which may be nothing yet. Null: nobody makes or has the reply. Throws when the request ended without one. */
  async page(after: number): Promise<Page | null> {
    const page = await this.#look(after)
    if (page !== null && page.head !== null) this.#restMs = LOOK_AGAIN_MS
    return page
  }

  async #look(after: number): Promise<Page | null> {
    const { requests, runs, gatewayId } = this.#deps
    const { requestId } = this.#place
    const run = runs.find(requestId)
    // A try that came to nothing, before the next one: there is nothing to read yet.
    if (run?.isFruitless === true) return this.#nothingYet(run.request.generation)
    if (run !== null) {
      const page = await this.#localPage(run, after)
      if (!run.isElsewhere) return page
    }
    const state = await requests.load(requestId)
    if (state.stage === "finished") return this.#keptPage(state, after)
    if (state.stage === "cancelled") throw requestCancelledError()
    if (state.stage === "expired") throw requestExpired()
    if (state.stage !== "running") return null
    if (state.gatewayId === gatewayId || !requests.gatewayAlive(state.gatewayId)) return null
    return this.#remotePage(after, state.generation)
  }

  /** The reader is gone. */
  leave(): void {
    this.#detach()
    this.#detach = () => {}
    this.#wake()
  }

  async #localPage(run: Run, after: number): Promise<Page> {
    this.#detach = run.attach()
    const page = await run.tape.page(after, PATIENCE_MS)
    this.leave()
    return page
  }

  /** Until it is worth looking again, or the reader is gone. */
  async rest(): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, this.#restMs)
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
    this.#restMs = Math.min(LOOK_AGAIN_MAX_MS, this.#restMs * LOOK_AGAIN_GROWTH)
  }

  async #nothingYet(generation: number): Promise<Page> {
    await this.rest()
    return { generation, head: null, parts: [], done: false }
  }

  async #remotePage(after: number, generation: number): Promise<Page> {
    const asked = this.#deps.bus.request(requestSubject(this.#place.requestId), { after }, REPLY_MS)
    const reply = await Effect.runPromise(Effect.result(asked))
    if (Result.isSuccess(reply)) return reply.success as Page
    // It is over by now, or its gateway is, or the word got lost: the next look tells.
    return this.#nothingYet(generation)
  }

  async #keptPage({ generation }: Extract<Request, { stage: "finished" }>, after: number): Promise<Page> {
    const kept = await this.#deps.requests.reply({ ...this.#place, generation })
    if (kept === null) throw replyGone()
    const { status, headers } = kept
    return { generation, head: { status, headers }, parts: partsOf(kept).slice(after), done: true }
  }
}
