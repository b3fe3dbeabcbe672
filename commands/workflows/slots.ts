import type { AttemptId, JobId, NodeId } from "#domain/kernel/ids.ts"

/** Which attempts occupy which node, as the one active dispatcher sees it. */
export class Slots {
  readonly #byNode = new Map<NodeId, Set<AttemptId>>()
  readonly #byJob = new Map<JobId, { readonly nodeId: NodeId; readonly attemptId: AttemptId }>()

  busy(nodeId: NodeId): number {
    return this.#byNode.get(nodeId)?.size ?? 0
  }

  reserve(jobId: JobId, place: { readonly nodeId: NodeId; readonly attemptId: AttemptId }): void {
    this.release(jobId)
    this.#byJob.set(jobId, place)
    const attempts = this.#byNode.get(place.nodeId) ?? new Set()
    this.#byNode.set(place.nodeId, attempts.add(place.attemptId))
  }

  /** The same for one attempt: a late word about an earlier one must not free the slot of the present one. */
  releaseAttempt({ jobId, attemptId }: { readonly jobId: JobId; readonly attemptId: AttemptId }): boolean {
    return this.#byJob.get(jobId)?.attemptId === attemptId && this.release(jobId)
  }

  /** True when a slot became free. */
  release(jobId: JobId): boolean {
    const place = this.#byJob.get(jobId)
    if (place === undefined) return false
    this.#byJob.delete(jobId)
    const attempts = this.#byNode.get(place.nodeId)
    attempts?.delete(place.attemptId)
    if (attempts?.size === 0) this.#byNode.delete(place.nodeId)
    return true
  }
}
