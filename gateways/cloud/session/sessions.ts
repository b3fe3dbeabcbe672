import type { KeyId } from "#domain/kernel/ids.ts"
import { unavailable } from "../../http/api-error.ts"
import type { JobSession } from "./job-session.ts"

/** Completions at once in one gateway; more are turned away. */
export const MAX_SESSIONS = 4_096
/** Of these for one key and those made from it, so that no key takes all: as many as it may have requests open. Jobs count, not requests. */
export const MAX_SESSIONS_OF_KEY = 2_048
/** How long running answers may go on while the server goes down. */
export const DRAIN_MS = 10_000
/** For the cancels and records that are still on their way after that. */
const SETTLE_MS = 3_000
const TICK_MS = 250

/** All completions under way, and the one clock that they share. */
export class Sessions {
  /** With the key that asked. */
  readonly #open = new Map<JobSession, KeyId>()
  readonly #ofKey = new Map<KeyId, number>()
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

  openOf(rootKeyId: KeyId): number {
    return this.#ofKey.get(rootKeyId) ?? 0
  }

  add(session: JobSession, rootKeyId: KeyId): void {
    this.#open.set(session, rootKeyId)
    this.#ofKey.set(rootKeyId, this.openOf(rootKeyId) + 1)
  }

  remove(session: JobSession): void {
    const rootKeyId = this.#open.get(session)
    if (rootKeyId === undefined) return
    this.#open.delete(session)
    const left = this.openOf(rootKeyId) - 1
    if (left > 0) this.#ofKey.set(rootKeyId, left)
    else this.#ofKey.delete(rootKeyId)
  }

  tick(): void {
    const now = this.#now()
    for (const session of this.#open.keys()) {
      session.tick(now)
      if (session.over) this.remove(session)
    }
  }

  /** Lets answers end; after `drainMs` the rest end with an error. */
  async drain(drainMs: number, background: { readonly idle: () => Promise<void> }): Promise<void> {
    await within(drainMs, Promise.all([...this.#open.keys()].map((session) => session.answered)))
    for (const session of this.#open.keys()) session.abort(unavailable("shutting_down", "The server is going down. Please try again."))
    await within(SETTLE_MS, background.idle())
    clearInterval(this.#clock)
    for (const session of this.#open.keys()) session.close()
    this.#open.clear()
    this.#ofKey.clear()
  }
}

/** Waits for `done`, but no longer than this. */
const within = async (limitMs: number, done: Promise<unknown>): Promise<void> => {
  let timer: NodeJS.Timeout | undefined
  const limit = new Promise<void>((resolve) => (timer = setTimeout(resolve, limitMs)))
  await Promise.race([done, limit])
  clearTimeout(timer)
}
