import type { AttemptId, JobId, NodeId } from "#domain/kernel/ids.ts"

interface Held {
  readonly nodeId: NodeId
  readonly attemptId: AttemptId
}

/** Which attempts occupy which node. A slot is held while an attempt runs, and no longer. */
export class Slots {
  readonly #byNode = new Map<NodeId, Set<AttemptId>>()
  readonly #byJob = new Map<JobId, Held>()

  busy(nodeId: NodeId): number {
    return this.#byNode.get(nodeId)?.size ?? 0
  }

  holds({ jobId, attemptId }: { readonly jobId: JobId; readonly attemptId: AttemptId }): boolean {
    return this.#byJob.get(jobId)?.attemptId === attemptId
  }

  reserve(jobId: JobId, held: Held): void {
    this.#byJob.set(jobId, held)
    const attempts = this.#byNode.get(held.nodeId) ?? new Set()
    this.#byNode.set(held.nodeId, attempts.add(held.attemptId))
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
