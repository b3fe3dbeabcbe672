import type { GatewayId, KeyId } from "#domain/kernel/ids.ts"
import type { RequestMode, RequestPriority } from "#domain/request/index.ts"
import type { CountersShape } from "#commands/ports/counters.ts"
import { ApiError } from "../../http/api-error.ts"
import type { Caller } from "../../http/authenticate.ts"
import type { Generation, OpenRequestRef, RequestPlace, Requests } from "../../ports/requests.ts"
import { replyGone } from "./request-problems.ts"
import type { Runs } from "./runs.ts"

/** Requests at work at once in one gateway that no client waits for. */
export const MAX_RUNNING = 64
const SCAN_MS = 1_000
const SCAN_LIMIT = 500
/** Whoever accepted it begins it, unless it had no room or is gone. */
const UNBEGUN_MS = 2_000
const MISLAID_MS = 15_000
/** While the network is busy: the first wait, and the longest. */
const FIRST_WAIT_MS = 1_000
const MAX_WAIT_MS = 30_000

export interface Later extends RequestPlace, Generation {
  readonly keyId: KeyId
  readonly mode: RequestMode
  readonly priority: RequestPriority
}

export interface RunnerDeps {
  readonly gatewayId: GatewayId
  readonly requests: Requests
  readonly runs: Runs
  readonly counters: CountersShape
  /** Who asks with this key now; throws the 401 when the key is good no more. */
  readonly callerOf: (keyId: KeyId) => Promise<Caller>
  readonly now: () => number
}

/** Runs what nobody waits for: what this gateway accepted, what has room nowhere yet, and what lost gateways had. */
export class Runner {
  readonly #deps: RunnerDeps
  readonly #active = new Set<string>()
  readonly #clock: NodeJS.Timeout
  readonly #stopped = new AbortController()
  #scanning = false

  constructor(deps: RunnerDeps) {
    this.#deps = deps
    this.#clock = setInterval(() => void this.#scan(), SCAN_MS)
    this.#clock.unref()
  }

  get hasRoom(): boolean {
    return this.#active.size < MAX_RUNNING && !this.#stopped.signal.aborted
  }

  /** Takes nothing new, and gives back what waits for another try. What is at work ends as the server's drain has it. */
  stop(): void {
    clearInterval(this.#clock)
    this.#stopped.abort()
  }

  /** This generation is this gateway's, on record. */
  run(later: Later): void {
    const { requestId } = later
    if (this.#active.has(requestId)) return
    this.#active.add(requestId)
    void this.#work(later)
      .catch(() => this.#deps.counters.increment("cloud_background_failed_total", "run_request"))
      .finally(() => this.#active.delete(requestId))
  }

  async #work(later: Later): Promise<void> {
    const { requests, runs, callerOf } = this.#deps
    const { requestId, namespaceId, generation, mode, priority, keyId } = later
    const call = await requests.call(later)
    if (call === null) return this.#fail(later, replyGone())
    let waitMs = FIRST_WAIT_MS
    for (;;) {
      const caller = await callerOf(keyId).catch((error: unknown) => error)
      if (caller instanceof ApiError && caller.status < 500) return this.#fail(later, caller)
      if (!(caller instanceof Error)) {
        const run = runs.start({ requestId, namespaceId, generation, mode, priority, call, caller: caller as Caller })
        if ((await run.concluded) !== "again") return
      }
      await this.#pause(waitMs)
      waitMs = Math.min(waitMs * 2, MAX_WAIT_MS)
      if (this.#stopped.signal.aborted) return void (await requests.giveBack({ requestId, generation }))
      if (!(await this.#isStillOurs(later))) return
    }
  }

  async #fail({ requestId, namespaceId, generation }: Later, error: ApiError): Promise<void> {
    const reply = { status: error.status, headers: { "content-type": "application/json; charset=utf-8" }, body: JSON.stringify(error.body) }
    await this.#deps.requests.finish({ requestId, namespaceId, generation, outcome: "failed", jobIds: [], reply })
  }

  async #isStillOurs({ requestId, generation }: Generation): Promise<boolean> {
    const state = await this.#deps.requests.load(requestId)
    if (state.stage !== "running" || state.generation !== generation) return false
    if (this.#deps.now() < state.accepted.expiresAt) return true
    await this.#deps.requests.expire(requestId)
    return false
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms)
      this.#stopped.signal.addEventListener("abort", () => {
        clearTimeout(timer)
        resolve()
      })
    })
  }

  async #scan(): Promise<void> {
    if (this.#scanning) return
    this.#scanning = true
    const { requests, counters } = this.#deps
    try {
      for (const open of await requests.open(SCAN_LIMIT)) await this.#look(open)
    } catch {
      counters.increment("cloud_background_failed_total", "scan_requests")
    } finally {
      this.#scanning = false
    }
  }

  async #look(open: OpenRequestRef): Promise<void> {
    const { requests, now, counters } = this.#deps
    const { requestId } = open
    if (this.#active.has(requestId) || this.#deps.runs.find(requestId) !== null) return
    if (now() >= open.expiresAt) return requests.expire(requestId)
    if (open.isAttached || !this.hasRoom || !this.#isLeft(open)) return
    const generation = await requests.start({ requestId, gatewayId: this.#deps.gatewayId, replaces: open.gatewayId === null ? null : open.generation })
    if (generation === null) return
    if (open.gatewayId !== null) counters.increment("cloud_requests_taken_over_total")
    const state = await requests.load(requestId)
    if (state.stage !== "running" || state.generation !== generation) return
    const { namespaceId, keyId, mode, priority } = state.accepted
    this.run({ requestId, namespaceId, keyId, mode, priority, generation })
  }

  #isLeft({ gatewayId, acceptedAt }: OpenRequestRef): boolean {
    // On record as this gateway's, and not in its hands: a failure came in between.
    if (gatewayId === this.#deps.gatewayId) return this.#deps.now() - acceptedAt > MISLAID_MS
    if (gatewayId === null) return this.#deps.now() - acceptedAt > UNBEGUN_MS
    return !this.#deps.requests.gatewayAlive(gatewayId)
  }
}
