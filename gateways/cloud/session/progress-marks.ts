import type { JobId } from "#domain/kernel/ids.ts"
import type { ChatJobs } from "../../ports/chat-jobs.ts"
import type { Background } from "./background.ts"
import type { JobStreamReader } from "./job-stream-reader.ts"

/** A progress mark goes into the log after so many tokens or so long (shared decisions, "Money"). */
export const MARK_TOKENS = 64
export const MARK_MS = 1_000

/** Puts now and then on record what the client has of one job. */
export class ProgressMarks {
  readonly #jobId: JobId
  readonly #reader: JobStreamReader
  readonly #services: { readonly jobs: ChatJobs; readonly background: Background }
  #markedAt = 0
  #markedTokens = 0
  #marking = false

  constructor(jobId: JobId, reader: JobStreamReader, services: { readonly jobs: ChatJobs; readonly background: Background }) {
    this.#jobId = jobId
    this.#reader = reader
    this.#services = services
  }

  begin(now: number): void {
    this.#markedAt = now
  }

  tick(now: number): void {
    if (now - this.#markedAt >= MARK_MS) this.#mark(now)
  }

  /** The client got something. */
  forwarded(now: number): void {
    if (this.#reader.delivered - this.#markedTokens >= MARK_TOKENS) this.#mark(now)
  }

  /** One at a time: while the log is slow, a later mark says more. */
  #mark(now: number): void {
    const { progress, delivered } = this.#reader
    if (this.#marking || progress === null || delivered === this.#markedTokens) return
    this.#marking = true
    this.#markedAt = now
    this.#markedTokens = delivered
    const { background, jobs } = this.#services
    void background.run("mark_progress", jobs.markProgress({ jobId: this.#jobId, ...progress })).then(() => (this.#marking = false))
  }
}
