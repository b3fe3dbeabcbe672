import type { JobId, NodeId } from "#domain/kernel/ids.ts"
import type { Ineligible, JobNeeds } from "#domain/policies/eligibility.ts"

export interface WaitingJob {
  readonly jobId: JobId
  readonly needs: JobNeeds
  /** When it was submitted: a job whose attempt failed has not lost its place. */
  readonly since: number
}

/** Jobs that no node can take now, first come first served. The deadline in each job's log bounds how long. */
export class WaitingJobs {
  #jobs = new Map<JobId, WaitingJob>()
  #latest = -Infinity
  /** Jobs on their way to a node that has room for them, until they took their place or turned out not to need it. */
  readonly #calls = new Map<JobId, NodeId>()

  get none(): boolean {
    return this.#jobs.size === 0
  }

  add(waiting: WaitingJob): void {
    const { jobId, since } = waiting
    if (this.#jobs.has(jobId)) return
    this.#jobs.set(jobId, waiting)
    if (since < this.#latest) this.#jobs = new Map([...this.#jobs].sort(([, a], [, b]) => a.since - b.since))
    this.#latest = Math.max(this.#latest, since)
  }

  /** True when it waited. */
  remove(jobId: JobId): boolean {
    this.#calls.delete(jobId)
    return this.#jobs.delete(jobId)
  }

  call(jobId: JobId, nodeId: NodeId): void {
    this.#calls.set(jobId, nodeId)
  }

  /** The job has come: the node that it was called to, or null. */
  answer(jobId: JobId): NodeId | null {
    const nodeId = this.#calls.get(jobId) ?? null
    this.#calls.delete(jobId)
    return nodeId
  }

  called(nodeId: NodeId): number {
    return [...this.#calls.values()].filter((calledTo) => calledTo === nodeId).length
  }

  /**
   * The first that waits for nothing but room on a certain node, which `why` judges; `fits`: there is room for it now. It must not be
   * overtaken there: a long answer would wait for ever behind short ones that need less room.
   */
  first(why: (needs: JobNeeds) => Ineligible | null): (WaitingJob & { readonly fits: boolean }) | null {
    for (const waiting of this.#jobs.values()) {
      if (this.#calls.has(waiting.jobId)) continue
      const reason = why(waiting.needs)
      if (reason === null || reason === "no_free_slot") return { ...waiting, fits: reason === null }
    }
    return null
  }
}
