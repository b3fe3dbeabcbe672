import type { AttemptId, JobId, NodeId } from "#domain/kernel/ids.ts"
import { ineligible, type JobNeeds, mostJobs } from "#domain/policies/eligibility.ts"
import { type NodePresence, PRESENCE_TIMEOUT_MS, type PresenceShape } from "../ports/presence.ts"
import { Slots } from "./slots.ts"
import { type WaitingJob, WaitingJobs } from "./waiting-jobs.ts"

/** A node and how many jobs are on it or on their way to it. */
export type Place = NodePresence & { readonly busy: number }

/**
 * Who works where and who waits, as the one active dispatcher sees it. Room that becomes free goes to those who waited longest for it:
 * as many jobs are called as there is room, and each either takes its place or gives it on.
 */
export class Capacity {
  readonly #presence: Pick<PresenceShape, "online">
  readonly #call: (jobId: JobId) => void
  readonly #slots = new Slots()
  readonly #waiting = new WaitingJobs()
  /** Nodes that may have room for somebody who waits. */
  readonly #offered = new Set<NodeId>()
  /** Nodes with some room, kept free for a job that needs more: to be offered again when that job has left the queue. */
  readonly #reserved = new Set<NodeId>()
  /** Attempts whose node has done its part, by job, while the end of the job is not on record: it may wait for its reply. */
  readonly #done = new Map<JobId, AttemptId>()
  #handingOut = false

  /** `call` makes dispatch look at a job again. */
  constructor(presence: Pick<PresenceShape, "online">, call: (jobId: JobId) => void) {
    this.#presence = presence
    this.#call = call
  }

  /** Where this job may go now: the place that it was called to, or any that nobody before it waits for. `take`, `wait` or `leave` follows. */
  placesFor({ jobId, needs, since }: WaitingJob, at: number): readonly Place[] {
    this.#offer(this.#slots.release(jobId))
    const calledTo = this.#waiting.answer(jobId)
    this.#offer(calledTo)
    const places = this.#presence.online(at).map((node) => this.#place(node)).filter((place) => fits(place, needs, at))
    const called = places.filter(({ nodeId }) => nodeId === calledTo)
    if (called.length > 0 || this.#waiting.none) return called.length > 0 ? called : places
    return places.filter((place) => {
      const first = this.#waiting.first((other) => ineligible(place, other, at, PRESENCE_TIMEOUT_MS))
      if (first === null || first.jobId === jobId || first.since > since) return true
      this.#reserved.add(place.nodeId)
      return false
    })
  }

  take(jobId: JobId, place: { readonly nodeId: NodeId; readonly attemptId: AttemptId }): void {
    this.#offer(this.#slots.reserve(jobId, place))
    this.leave(jobId)
  }

  /** An attempt that another dispatcher gave to its node, before this one was at work. */
  adopt(jobId: JobId, place: { readonly nodeId: NodeId; readonly attemptId: AttemptId }): void {
    if (this.#done.get(jobId) === place.attemptId) return
    if (!this.#slots.holds({ jobId, ...place })) this.take(jobId, place)
  }

  wait(waiting: WaitingJob): void {
    this.#waiting.add(waiting)
    this.#handOut()
  }

  /** The job needs no node any more. */
  leave(jobId: JobId): void {
    this.#offer(this.#waiting.answer(jobId))
    if (this.#waiting.remove(jobId)) this.#offerReserved()
    this.#handOut()
  }

  /** The job's attempt is over, as far as its node is concerned. */
  release(jobId: JobId): void {
    this.#done.delete(jobId)
    this.#offer(this.#slots.release(jobId))
    this.#handOut()
  }

  /** The same for one attempt: a late word about an earlier one must not free the slot of the present one. */
  releaseAttempt(attempt: { readonly jobId: JobId; readonly attemptId: AttemptId }): void {
    if (!this.#slots.holds(attempt)) return
    this.release(attempt.jobId)
    this.#done.set(attempt.jobId, attempt.attemptId)
  }

  heard(jobId: JobId): void {
    this.#slots.heard(jobId)
  }

  /** Jobs that hold a slot and were not heard of since then, at most so many: each is handed out once until it is silent as long again. */
  takeSilent(since: number, most: number): readonly JobId[] {
    return this.#slots.takeSilent(since, most)
  }

  /** Nodes came or went. */
  offerAll(): void {
    for (const { nodeId } of this.#presence.online(Date.now())) this.#offer(nodeId)
    this.#handOut()
  }

  #place(node: NodePresence): Place {
    return { ...node, busy: this.#slots.busy(node.nodeId) + this.#waiting.called(node.nodeId) }
  }

  #offer(nodeId: NodeId | null): void {
    if (nodeId !== null) this.#offered.add(nodeId)
  }

  #offerReserved(): void {
    for (const nodeId of this.#reserved) this.#offered.add(nodeId)
    this.#reserved.clear()
  }

  /** Never inside itself: what a called job frees is offered in the same round. */
  #handOut(): void {
    if (this.#waiting.none) this.#offered.clear()
    if (this.#handingOut || this.#offered.size === 0) return
    this.#handingOut = true
    const nodes = new Map(this.#presence.online(Date.now()).map((node) => [node.nodeId, node]))
    try {
      for (const nodeId of this.#offered) {
        this.#offered.delete(nodeId)
        const node = nodes.get(nodeId)
        if (node !== undefined) this.#fill(node)
      }
    } finally {
      this.#handingOut = false
    }
  }

  #fill(node: NodePresence): void {
    while (true) {
      const place = this.#place(node)
      const at = Date.now()
      const first = this.#waiting.first((needs) => ineligible(place, needs, at, PRESENCE_TIMEOUT_MS))
      if (first === null) return
      if (!first.fits) {
        if (place.busy < mostJobs(place.slots)) this.#reserved.add(node.nodeId)
        return
      }
      this.#waiting.call(first.jobId, node.nodeId)
      this.#call(first.jobId)
    }
  }
}

const fits = (place: Place, needs: JobNeeds, at: number): boolean => ineligible(place, needs, at, PRESENCE_TIMEOUT_MS) === null
