import type { JobId } from "#domain/kernel/ids.ts"

/** Jobs that no node can take now, first come first served. The deadline in each job's log bounds how long. */
export class WaitingJobs {
  #jobs = new Set<JobId>()

  add(jobId: JobId): void {
    this.#jobs.add(jobId)
  }

  remove(jobId: JobId): void {
    this.#jobs.delete(jobId)
  }

  drain(): readonly JobId[] {
    const jobs = [...this.#jobs]
    this.#jobs = new Set()
    return jobs
  }
}
