import { Effect, Layer, Result } from "effect"
import { beforeEach, describe, expect, it, vi } from "vitest"
import { eraseContent, finishErasure } from "#commands/content/erase-content.ts"
import { Commands } from "#commands/handle.ts"
import { ContentDuties, type ContentDutiesShape } from "#commands/ports/content-duties.ts"
import { ContentStore, type ContentStoreShape } from "#commands/ports/content-store.ts"
import { retentionRound } from "#commands/workflows/retention.ts"
import { content } from "#domain/content/index.ts"
import { job } from "#domain/job/index.ts"
import type { JobId, NamespaceId } from "#domain/kernel/ids.ts"
import { GRACE_MS } from "#domain/policies/retention.ts"
import { memoryContentStore } from "#infra/memory/content-store.ts"
import { chat, jobIdAt, memoryNetwork, NAMESPACE } from "#test/support/memory-network.ts"

const DAY_MS = 86_400_000
let now = 0

const nothingOwed: ContentDutiesShape = { retentions: Effect.succeed([]), ended: () => Effect.succeed([]), owedErasures: () => Effect.succeed([]) }

/** A network on a store whose clock the test moves. */
const networkAt = async () => {
  const store: ContentStoreShape = memoryContentStore(() => now)
  const network = await memoryNetwork({ content: () => store })
  await network.grant(1_000n)
  const again = new Set<NamespaceId>()
  const round = (fakeDuties: Partial<ContentDutiesShape>) =>
    network.run(Effect.provide(retentionRound(again), Layer.succeed(ContentDuties, { ...nothingOwed, ...fakeDuties })))
  const has = async (jobId: JobId): Promise<boolean> =>
    Result.isSuccess(await network.run(Effect.result(store.get({ namespaceId: NAMESPACE, jobId, field: "request" }))))
  return { ...network, store, round, has }
}

const of = (retentionDays: number): Partial<ContentDutiesShape> => ({ retentions: Effect.succeed([{ namespaceId: NAMESPACE, retentionDays }]) })

beforeEach(() => {
  now = Date.now()
})

describe("retention", () => {
  it("is applied to what is there, and what has expired is deleted", async () => {
    const { ask, round, has, store, run, counters } = await networkAt()
    await ask(1, { maxOutputTokens: 5 })
    await round(of(2))
    now += 2 * DAY_MS - 1
    expect(await has(jobIdAt(1))).toBe(true)
    now += 1
    expect(await has(jobIdAt(1))).toBe(false)
    await round(of(2))
    expect(counters.snapshot()).toContainEqual(expect.objectContaining({ name: "content_expired_total", value: 1 }))
    expect(await run(store.purgeExpired)).toBe(0)
  })

  it("is told to the store when it changes and in the round after, and then no more", async () => {
    const { round, store } = await networkAt()
    const keepFor = vi.spyOn(store, "keepFor")
    for (let times = 0; times < 4; times++) await round(of(7))
    expect(keepFor.mock.calls).toEqual([[NAMESPACE, 7 * DAY_MS], [NAMESPACE, 7 * DAY_MS]])
    await round(of(30))
    expect(keepFor).toHaveBeenCalledTimes(3)
  })

  it("of nothing leaves what a job was asked until it has ended and the grace is over", async () => {
    const { ask, round, has } = await networkAt()
    await round(of(0))
    await ask(1, { maxOutputTokens: 5 })
    await ask(2, { maxOutputTokens: 5 })
    const endedAt = now
    const fakeEnded = { ended: (jobIds: readonly string[]) => Effect.succeed(jobIds.filter((id) => id === jobIdAt(1)).map(() => ({ jobId: jobIdAt(1), at: endedAt }))) }
    await round({ ...of(0), ...fakeEnded })
    expect(await has(jobIdAt(1))).toBe(true)
    now += GRACE_MS + 60_000
    await round({ ...of(0), ...fakeEnded })
    expect([await has(jobIdAt(1)), await has(jobIdAt(2))]).toEqual([false, true])
  })
})

const endJob = (jobId: JobId) =>
  Effect.flatMap(Commands, ({ handle }) =>
    handle(job, jobId, { type: "FailJob", jobId, reason: "gateway_lost", at: 5 }, { commandId: `end-${jobId}`, correlationId: jobId }),
  )

describe("erasure", () => {
  it("of a job takes its contents and leaves those of others, and the proof still fits who has the text", async () => {
    const { ask, run, has, store } = await networkAt()
    await ask(1, { maxOutputTokens: 5 })
    await ask(2, { maxOutputTokens: 5 })
    await run(endJob(jobIdAt(1)))
    const ref = { namespaceId: NAMESPACE, jobId: jobIdAt(1), field: "request" } as const
    const text = await run(store.get(ref))
    const { erasureId } = await run(eraseContent({ namespaceId: NAMESPACE, jobId: jobIdAt(1), reason: "asked" }))
    expect([await has(jobIdAt(1)), await has(jobIdAt(2))]).toEqual([false, true])
    const state = await run(Effect.flatMap(Commands, ({ load }) => load(job, jobIdAt(1))))
    expect(state).toMatchObject({ stage: "ended", submitted: { requestDigest: (await run(store.prove(ref, text))).digest } })
    const erased = await run(Effect.flatMap(Commands, ({ load }) => load(content, NAMESPACE)))
    expect(erased.erasures.get(erasureId)).toEqual({ stage: "erased", jobId: jobIdAt(1) })
  })

  it("of a namespace takes everything", async () => {
    const { ask, run, has } = await networkAt()
    await ask(1, { maxOutputTokens: 5 })
    await run(eraseContent({ namespaceId: NAMESPACE, jobId: null, reason: "asked" }))
    expect(await has(jobIdAt(1))).toBe(false)
  })

  it("is refused for a job that is still open, that is not there, or that belongs to somebody else", async () => {
    const { ask, run, has } = await networkAt()
    await ask(1, { maxOutputTokens: 5 })
    const refused = async (namespaceId: NamespaceId, jobId: JobId): Promise<string> =>
      run(Effect.flip(eraseContent({ namespaceId, jobId, reason: "asked" }))).then(({ _tag }) => _tag)
    expect(await refused(NAMESPACE, jobIdAt(1))).toBe("JobStillOpen")
    expect(await refused(NAMESPACE, jobIdAt(2))).toBe("UnknownJob")
    expect(await refused(NAMESPACE.replace(/1$/, "2") as NamespaceId, jobIdAt(1))).toBe("UnknownJob")
    expect(await has(jobIdAt(1))).toBe(true)
  })

  it("that was cut off is gone on with by the workflow", async () => {
    const { ask, run, has, round, store } = await networkAt()
    await ask(1, { maxOutputTokens: 5 })
    await run(endJob(jobIdAt(1)))
    const request = { type: "RequestErasure", namespaceId: NAMESPACE, jobId: jobIdAt(1), erasureId: "e1", reason: "asked", at: 1 } as const
    await run(Effect.flatMap(Commands, ({ handle }) => handle(content, NAMESPACE, request, { commandId: "e1", correlationId: "e1" })))
    expect(await has(jobIdAt(1))).toBe(true)
    const fakeOwed = { owedErasures: () => Effect.succeed([{ namespaceId: NAMESPACE, erasureId: "e1" }]) }
    await round(fakeOwed)
    expect(await has(jobIdAt(1))).toBe(false)
    const forget = vi.spyOn(store, "forget")
    await round(fakeOwed)
    await run(finishErasure({ namespaceId: NAMESPACE, erasureId: "e1" }))
    expect(forget).not.toHaveBeenCalled()
  })
})

it("what was put under another retention while it changed is set right in the next round", async () => {
  const { round, store, run } = await networkAt()
  await round(of(1))
  const late = { namespaceId: NAMESPACE, jobId: chat(1, { maxOutputTokens: 1 }).jobId, field: "request" } as const
  await run(store.keepFor(NAMESPACE, 30 * DAY_MS))
  await run(store.put(late, "late"))
  await round(of(1))
  now += DAY_MS
  expect(Result.isFailure(await run(Effect.result(Effect.flatMap(ContentStore, ({ get }) => get(late)))))).toBe(true)
})
