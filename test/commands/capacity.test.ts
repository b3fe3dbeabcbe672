import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { newAttemptId } from "#commands/ids.ts"
import type { NodePresence } from "#commands/ports/presence.ts"
import { Capacity } from "#commands/workflows/capacity.ts"
import type { WaitingJob } from "#commands/workflows/waiting-jobs.ts"
import type { AttemptId, JobId } from "#domain/kernel/ids.ts"
import { ineligible } from "#domain/policies/eligibility.ts"
import { jobIdAt, nodeIdAt, sessionIdAt } from "#test/support/memory-network.ts"

const SILENCE_MS = 60_000

interface Given extends WaitingJob {
  place: { readonly nodeId: NodePresence["nodeId"]; readonly attemptId: AttemptId } | null
}

/** Jobs and nodes as the log and presence would have them, around a real `Capacity`. Calls are answered at once or later. */
class World {
  readonly nodes: NodePresence[] = []
  readonly jobs = new Map<JobId, Given>()
  readonly calls: JobId[] = []
  readonly capacity = new Capacity({ online: () => this.nodes }, (jobId) => (this.later ? this.calls.push(jobId) : this.look(jobId)))
  later = false
  #answering = false
  #n = 0

  join(slots: number, tokensPerSecond: number, models: readonly string[]): void {
    const n = (this.#n += 1)
    const offers = models.map((name) => ({ name, hash: "0", contextLength: 512 }))
    const session = { nodeId: nodeIdAt(n), sessionId: sessionIdAt(n), environment: "testnet" as const, payee: "p", lastSeenAt: Date.now() }
    this.nodes.push({ ...session, models: offers, slots, tokensPerSecond })
    this.capacity.offerAll()
  }

  submit(model: string, outputTokens: number): void {
    const n = (this.#n += 1)
    const needs = { environment: "testnet", model, contextTokens: outputTokens, outputTokens, goneSessions: [] }
    this.jobs.set(jobIdAt(n), { jobId: jobIdAt(n), needs, since: n, place: null })
    this.look(jobIdAt(n))
  }

  /** What dispatch does with a tap. */
  look(jobId: JobId): void {
    const job = this.jobs.get(jobId)
    if (job === undefined || job.place !== null) return this.capacity.leave(jobId)
    const [place] = this.capacity.placesFor(job, Date.now())
    if (place === undefined) return this.capacity.wait(job)
    expect(this.why(place, job)).toBe(null)
    // One that was called a while ago goes before an older one that came back meanwhile.
    if (!this.later && !this.#answering) expect(this.waitingFor(place).filter((other) => other.since < job.since)).toEqual([])
    job.place = { nodeId: place.nodeId, attemptId: newAttemptId() }
    this.capacity.take(jobId, job.place)
  }

  end(job: Given): void {
    this.jobs.delete(job.jobId)
    if (job.place !== null) this.capacity.releaseAttempt({ jobId: job.jobId, attemptId: job.place.attemptId })
    this.look(job.jobId)
  }

  fail(job: Given): void {
    job.place = null
    this.look(job.jobId)
  }

  leave(node: NodePresence): void {
    this.nodes.splice(this.nodes.indexOf(node), 1)
    this.capacity.offerAll()
    for (const job of this.jobs.values()) if (job.place?.nodeId === node.nodeId) this.fail(job)
  }

  answerCalls(): void {
    this.#answering = true
    for (let jobId = this.calls.shift(); jobId !== undefined; jobId = this.calls.shift()) this.look(jobId)
    this.#answering = false
  }

  why(node: NodePresence, { needs }: Given) {
    const busy = [...this.jobs.values()].filter(({ place }) => place?.nodeId === node.nodeId).length
    return ineligible({ ...node, busy }, needs, Date.now(), SILENCE_MS)
  }

  get working(): Given[] {
    return [...this.jobs.values()].filter(({ place }) => place !== null)
  }

  /** Nobody waits for room that is there, except behind an earlier one that waits for more room on the same node. */
  expectNobodyForgotten(): void {
    for (const node of this.nodes) {
      const [first] = this.waitingFor(node)
      if (first !== undefined) expect(this.why(node, first)).toBe("no_free_slot")
    }
  }

  /** Those that wait for nothing but room on this node, in their order. */
  waitingFor(node: NodePresence): Given[] {
    return [...this.jobs.values()].filter((job) => job.place === null && ["no_free_slot", null].includes(this.why(node, job)))
  }
}

const model = fc.constantFrom("a", "b")
const step = fc.oneof(
  { weight: 2, arbitrary: fc.record({ type: fc.constant("join" as const), slots: fc.integer({ min: 1, max: 2 }), speed: fc.constantFrom(1, 10, 100), models: fc.constantFrom(["a"], ["b"], ["a", "b"]) }) },
  { weight: 8, arbitrary: fc.record({ type: fc.constant("submit" as const), model, tokens: fc.constantFrom(1, 20, 200, 600) }) },
  { weight: 8, arbitrary: fc.record({ type: fc.constantFrom("end" as const, "fail" as const, "cancel" as const), nth: fc.nat(20) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("leave" as const), nth: fc.nat(20) }) },
  { weight: 3, arbitrary: fc.record({ type: fc.constant("answer" as const), later: fc.boolean() }) },
)
type Step = typeof step extends fc.Arbitrary<infer One> ? One : never

const nth = <Item>(items: readonly Item[], n: number): Item | undefined => items[n % Math.max(1, items.length)]

const play = (world: World, one: Step): void => {
  switch (one.type) {
    case "join":
      return world.join(one.slots, one.speed, one.models)
    case "submit":
      return world.submit(one.model, one.tokens)
    case "answer":
      world.later = one.later
      return world.answerCalls()
    case "leave": {
      const node = nth(world.nodes, one.nth)
      return node === undefined ? undefined : world.leave(node)
    }
    default: {
      const job = one.type === "cancel" ? nth([...world.jobs.values()], one.nth) : nth(world.working, one.nth)
      if (job === undefined) return
      return one.type === "fail" ? world.fail(job) : world.end(job)
    }
  }
}

describe("the room of all nodes", () => {
  it("is kept for those who are called to it, as many as there is room", () => {
    const world = new World()
    world.join(1, 1, ["a"])
    for (let n = 0; n < 200; n += 1) world.submit("a", 20)
    world.later = true
    const [working, next] = world.jobs.values()
    if (working !== undefined) world.end(working)
    expect(world.calls).toEqual([next?.jobId])
    world.submit("a", 20)
    expect(world.working).toEqual([])
    world.answerCalls()
    expect(world.working).toEqual([next])
  })

  it("is not taken again by an attempt whose node is done while the end of its job waits", () => {
    const world = new World()
    world.join(1, 1, ["a"])
    world.submit("a", 20)
    world.submit("a", 20)
    const [first, second] = world.jobs.values()
    if (first?.place === null || first?.place === undefined || second === undefined) throw new Error("nobody works")
    world.later = true
    world.end(first)
    world.capacity.adopt(first.jobId, first.place)
    world.answerCalls()
    expect(second.place).not.toBeNull()
  })

  it("is never left free while a job waits for it, nor given twice, whatever happens in whatever order", () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 20, maxLength: 80, size: "max" }), (steps) => {
        const world = new World()
        for (const one of steps) {
          play(world, one)
          if (world.calls.length === 0) world.expectNobodyForgotten()
        }
        world.later = false
        world.answerCalls()
        world.join(1, 1, ["a", "b"])
        for (let job = world.working[0]; job !== undefined; job = world.working[0]) world.end(job)
        expect([...world.jobs.values()].map(({ needs }) => needs.contextTokens).filter((tokens) => tokens <= 512)).toEqual([])
      }),
      { numRuns: 1_000 },
    )
  })
})
