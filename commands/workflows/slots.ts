import type { AttemptId, JobId, NodeId } from "#domain/kernel/ids.ts"

interface Held {
  readonly nodeId: NodeId
  readonly attemptId: AttemptId
}

/** Which attempts occupy which node. A slot is held while an attempt runs, and no longer. */
export class Slots {
  readonly #byNode = new Map<NodeId, Set<AttemptId>>()
  /** The job that was heard of longest ago comes first. */
  readonly #byJob = new Map<JobId, Held & { readonly heardAt: number }>()

  busy(nodeId: NodeId): number {
    return this.#byNode.get(nodeId)?.size ?? 0
  }

  holds({ jobId, attemptId }: { readonly jobId: JobId; readonly attemptId: AttemptId }): boolean {
    return this.#byJob.get(jobId)?.attemptId === attemptId
  }

  /** The node where a slot became free because the job moved, or null. */
  reserve(jobId: JobId, held: Held): NodeId | null {
    const left = this.release(jobId)
    this.#byJob.set(jobId, { ...held, heardAt: Date.now() })
    const attempts = this.#byNode.get(held.nodeId) ?? new Set()
    this.#byNode.set(held.nodeId, attempts.add(held.attemptId))
    return left
  }

  heard(jobId: JobId): void {
    const held = this.#byJob.get(jobId)
    if (held === undefined) return
    this.#byJob.delete(jobId)
    this.#byJob.set(jobId, { ...held, heardAt: Date.now() })
  }

  /** Jobs with a slot that nothing was heard of since then. They count as heard of now: those left over are the first of the next call. */
  takeSilent(since: number, most: number): readonly JobId[] {
    const silent: JobId[] = []
    for (const [jobId, { heardAt }] of this.#byJob) {
      if (heardAt > since || silent.length === most) break
      silent.push(jobId)
    }
    for (const jobId of silent) this.heard(jobId)
    return silent
  }

  /** The node where a slot became free, or null. */
  release(jobId: JobId): NodeId | null {
    const held = this.#byJob.get(jobId)
    if (held === undefined) return null
    this.#byJob.delete(jobId)
    const attempts = this.#byNode.get(held.nodeId)
    attempts?.delete(held.attemptId)
    if (attempts?.size === 0) this.#byNode.delete(held.nodeId)
    return held.nodeId
  }
}
