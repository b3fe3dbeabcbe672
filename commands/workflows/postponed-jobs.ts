import type { JobId } from "#domain/kernel/ids.ts"

/** Jobs that could not be given to the node that was there for them, to be tried again soon: they wait in no queue. */
export class PostponedJobs {
  /** Since when its gateway does not answer; null: it does. The job that was handed out longest ago comes first. */
  readonly #jobs = new Map<JobId, number | null>()

  /** Asked at this moment the job's gateway did not answer. When it was first asked in vain: how long the job queued before says nothing. */
  gatewaySilent(jobId: JobId, at: number): number {
    const since = this.#jobs.get(jobId) ?? at
    this.#jobs.set(jobId, since)
    return since
  }

  /** For another reason than its gateway, which answered. */
  postpone(jobId: JobId): void {
    this.#jobs.set(jobId, null)
  }

  /** Nothing stands in its way any more, or it needs no node. */
  forget(jobId: JobId): void {
    this.#jobs.delete(jobId)
  }

  /** At most so many: those left over are the first of the next call. */
  next(most: number): readonly JobId[] {
    const first = [...this.#jobs].slice(0, most)
    for (const [jobId, since] of first) {
      this.#jobs.delete(jobId)
      this.#jobs.set(jobId, since)
    }
    return first.map(([jobId]) => jobId)
  }
}
