import type { BusShape, Unsubscribe } from "#commands/ports/bus.ts"
import type { CountersShape } from "#commands/ports/counters.ts"
import type { RequestId } from "#domain/kernel/ids.ts"
import { type ReplyAsked, requestSubject } from "#domain/protocol/request-messages.ts"
import { Run, type RunDeps, type Running } from "./run.ts"
import type { Page } from "./tape.ts"

const TICK_MS = 1_000
/** What is over is still told from memory to whoever asks the gateway that had it. */
const REMEMBERED_MS = 30_000
/** How long a question of another gateway waits for something new. */
const PATIENCE_MS = 1_000

export interface RunsDeps extends RunDeps {
  readonly bus: BusShape
  readonly counters: CountersShape
  /** A client that hung up may come back within this. */
  readonly graceMs: number
}

/** The requests that this gateway works on, and has just worked on. */
export class Runs {
  readonly #deps: RunsDeps
  readonly #runs = new Map<RequestId, Run>()
  readonly #running = new Set<Promise<unknown>>()
  readonly #clock: NodeJS.Timeout

  constructor(deps: RunsDeps) {
    this.#deps = deps
    this.#clock = setInterval(() => this.#tick(), TICK_MS)
    this.#clock.unref()
  }

  find(requestId: RequestId): Run | null {
    const run = this.#runs.get(requestId)
    return run === undefined || run.isElsewhere ? null : run
  }

  /** The request is this gateway's, on record. */
  start(running: Running): Run {
    const { requestId } = running
    const { counters, bus } = this.#deps
    counters.increment("cloud_requests_run_total", running.mode)
    const run = new Run(running, this.#deps)
    this.#runs.set(requestId, run)
    const unserve = bus.serve(requestSubject(requestId), (message) => this.#answer(run, message as ReplyAsked))
    const over = run.concluded.then((verdict) => {
      counters.increment("cloud_requests_concluded_total", verdict)
      this.#forgetLater(run, unserve)
    })
    this.#running.add(over)
    void over.finally(() => this.#running.delete(over))
    return run
  }

  /** Resolves once nothing is at work. */
  async idle(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running)
  }

  stop(): void {
    clearInterval(this.#clock)
  }

  /** Cancels it here, where it is at work. */
  async cancel(run: Run, reason: string): Promise<void> {
    if (await this.#deps.requests.cancel({ requestId: run.request.requestId, reason })) run.cancel()
  }

  async #answer(run: Run, asked: ReplyAsked): Promise<Page> {
    run.want()
    if ("cancel" in asked) {
      run.cancel()
      return run.tape.page(0, 0)
    }
    const leave = run.attach()
    try {
      return await run.tape.page(asked.after, PATIENCE_MS)
    } finally {
      leave()
    }
  }

  #forgetLater(run: Run, unserve: Unsubscribe): void {
    setTimeout(() => {
      unserve()
      if (this.#runs.get(run.request.requestId) === run) this.#runs.delete(run.request.requestId)
    }, REMEMBERED_MS).unref()
  }

  #tick(): void {
    const { graceMs, counters } = this.#deps
    for (const run of this.#runs.values()) {
      if (run.tape.done || !run.isUnwanted(graceMs)) continue
      counters.increment("cloud_abandoned_total", "nobody_came_back")
      run.want()
      void this.cancel(run, "client_disconnected").catch(() => counters.increment("cloud_background_failed_total", "cancel_request"))
    }
  }
}
