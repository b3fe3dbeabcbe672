import { unavailable } from "../../http/api-error.ts"
import type { JobSession } from "./job-session.ts"

/** Completions at once in one gateway; more are turned away. */
export const MAX_SESSIONS = 4_096
/** How long running answers may go on while the server goes down. */
export const DRAIN_MS = 10_000
/** For the cancels and records that are still on their way after that. */
const SETTLE_MS = 3_000
const TICK_MS = 250

/** All completions under way, and the one clock that they share. */
export class Sessions {
  readonly #open = new Set<JobSession>()
  readonly #now: () => number
  readonly #clock: NodeJS.Timeout

  constructor(now: () => number) {
    this.#now = now
    this.#clock = setInterval(() => this.tick(), TICK_MS)
    this.#clock.unref()
  }

  /** Answers under way, those included whose client is gone but whose job is not. */
  get open(): number {
    return this.#open.size
  }

  add(session: JobSession): void {
    this.#open.add(session)
  }

  remove(session: JobSession): void {
    this.#open.delete(session)
  }

  tick(): void {
    const now = this.#now()
    for (const session of this.#open) {
      session.tick(now)
      if (session.over) this.#open.delete(session)
    }
  }

  /** Lets answers end; after `drainMs` the rest end with an error. */
  async drain(drainMs: number, background: { readonly idle: () => Promise<void> }): Promise<void> {
    await within(drainMs, Promise.all([...this.#open].map((session) => session.answered)))
    for (const session of this.#open) session.abort(unavailable("shutting_down", "The server is going down. Please try again."))
    await within(SETTLE_MS, background.idle())
    clearInterval(this.#clock)
    for (const session of this.#open) session.close()
    this.#open.clear()
  }
}

/** Waits for `done`, but no longer than this. */
const within = async (limitMs: number, done: Promise<unknown>): Promise<void> => {
  let timer: NodeJS.Timeout | undefined
  const limit = new Promise<void>((resolve) => (timer = setTimeout(resolve, limitMs)))
  await Promise.race([done, limit])
  clearTimeout(timer)
}
