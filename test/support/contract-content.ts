import { Result } from "effect"
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest"
import { ContentMissing, type ContentRef, type ContentStoreShape } from "#commands/ports/content-store.ts"
import { uuidV7 } from "#commands/ids.ts"
import { GRACE_MS } from "#domain/policies/retention.ts"
import { attempt, run } from "./contract-events.ts"

export interface OpenedContent {
  readonly one: ContentStoreShape
  /** The same store as another process would have it. */
  readonly other: ContentStoreShape
  readonly close: () => Promise<void>
}

export const newRef = (namespaceId = `ns_${uuidV7()}`): ContentRef => ({ namespaceId, jobId: `job_${uuidV7()}`, field: "request" })

/** The rules of ContentStore, for every adapter. */
export const contentStoreContract = (adapter: string, open: () => Promise<OpenedContent>): void => {
  describe(`content store on ${adapter}`, () => {
    let opened: OpenedContent
    beforeAll(async () => {
      opened = await open()
    })
    afterAll(() => opened.close())

    keepingRules(() => opened)
    erasingRules(() => opened)
    retentionRules(() => opened)
  })
}

const keepingRules = (content: () => OpenedContent): void => {
  it("gives back what was put, also to another process", async () => {
    const { one, other } = content()
    for (const body of ["", "hello", 'ü 漢字 🙂 \u0000 "\\', "x".repeat(1_000_000)]) {
      const ref = newRef()
      const proof = await run(one.put(ref, body))
      expect(await run(other.get(ref))).toBe(body)
      expect(proof.bytes).toBe(Buffer.byteLength(body))
      expect(proof.digest).toMatch(/^[0-9a-f]{64}$/)
    }
  })

  it("proves a content without storing it, with the same proof that storing gives", async () => {
    const { one, other } = content()
    const ref = newRef()
    const proof = await run(one.prove(ref, "hello"))
    expect(await attempt(one.get(ref))).toEqual(Result.fail(new ContentMissing({ ref })))
    expect(await run(other.put(ref, "hello"))).toEqual(proof)
    expect(await run(one.prove({ ...ref, field: "answer" }, "hello"))).toEqual(proof)
  })

  it("gives the same content of two namespaces two digests", async () => {
    const { one } = content()
    const digests = await Promise.all([newRef(), newRef()].map((ref) => run(one.put(ref, "hello"))))
    expect(digests[0]?.digest).not.toBe(digests[1]?.digest)
  })

  it("changes nothing when the same content is put again", async () => {
    const { one, other } = content()
    const ref = newRef()
    const proofs = await Promise.all([one, other, one, other].map((store) => run(store.put(ref, "hello"))))
    for (const proof of proofs) expect(proof).toEqual(proofs[0])
    expect(await run(one.get(ref))).toBe("hello")
  })

  it("keeps what was put last under one name", async () => {
    const { one } = content()
    const ref = newRef()
    await Promise.all([run(one.put(ref, "first")), run(one.put(ref, "second"))])
    expect(await run(one.get(ref))).toBe("second")
  })

  it("keeps request and answer, jobs and namespaces apart", async () => {
    const { one } = content()
    const ref = newRef()
    const others: readonly ContentRef[] = [ref, { ...ref, field: "answer" }, newRef(ref.namespaceId), { ...ref, namespaceId: newRef().namespaceId }]
    await Promise.all(others.map((other, index) => run(one.put(other, `body ${index}`))))
    expect(await Promise.all(others.map((other) => run(one.get(other))))).toEqual(others.map((_, index) => `body ${index}`))
  })
}

const erasingRules = (content: () => OpenedContent): void => {
  it("has nothing of an erased namespace any more, and everything of the others", async () => {
    const { one, other } = content()
    const [erased, kept] = [newRef(), newRef()]
    await run(one.put(erased, "mine"))
    await run(other.put({ ...erased, field: "answer" }, "mine too"))
    await run(one.put(kept, "yours"))
    await run(other.erase(erased.namespaceId))
    for (const store of [one, other]) {
      expect(await attempt(store.get(erased))).toEqual(Result.fail(new ContentMissing({ ref: erased })))
      expect(Result.isFailure(await attempt(store.get({ ...erased, field: "answer" })))).toBe(true)
      expect(await run(store.get(kept))).toBe("yours")
    }
  })

  it("starts an erased namespace over under a new key, whichever process knew the old one", async () => {
    const { one, other } = content()
    const ref = newRef()
    const before = await run(one.put(ref, "hello"))
    await run(other.erase(ref.namespaceId))
    const after = await run(one.put(ref, "hello"))
    expect(after.digest).not.toBe(before.digest)
    expect(await run(other.get(ref))).toBe("hello")
  })
}

const retentionRules = (content: () => OpenedContent): void => {
  const isThere = async (store: ContentStoreShape, ref: ContentRef): Promise<boolean> => Result.isSuccess(await attempt(store.get(ref)))

  it("keeps what comes and what is there for as long as its namespace wants, whichever process is told", async () => {
    const { one, other } = content()
    const [mine, yours] = [newRef(), newRef()]
    await run(one.put(mine, "before"))
    await run(one.put(yours, "hers"))
    await run(other.keepFor(mine.namespaceId, 1))
    await run(one.put({ ...mine, field: "answer" }, "after"))
    await vi.waitFor(async () => expect(await isThere(one, mine)).toBe(false))
    await vi.waitFor(async () => expect(await isThere(other, { ...mine, field: "answer" })).toBe(false))
    expect(await isThere(one, yours)).toBe(true)
    expect((await run(one.retentions)).get(mine.namespaceId)).toBe(1)
    expect((await run(one.retentions)).has(yours.namespaceId)).toBe(false)
  })

  it("keeps longer what is still there once its namespace wants that", async () => {
    const { one, other } = content()
    const ref = newRef()
    await run(one.keepFor(ref.namespaceId, 60_000))
    await run(one.put(ref, "hello"))
    await run(one.expireJobs({ namespaceId: ref.namespaceId, jobIds: [ref.jobId], at: 1 }))
    expect(await isThere(other, ref)).toBe(false)
    await run(other.keepFor(ref.namespaceId, 90_000))
    expect(await run(one.get(ref))).toBe("hello")
  })

  it("of a namespace that keeps nothing names the jobs whose end was not told, and lets their contents go when it is", async () => {
    const { one, other } = content()
    const ended = newRef()
    const { namespaceId } = ended
    const running = newRef(namespaceId)
    await run(one.keepFor(namespaceId, 0))
    for (const ref of [ended, running]) await run(one.put(ref, "asked"))
    await run(one.put({ ...ended, field: "answer" }, "answered"))
    const beyond = { namespaceId, until: Date.now() + GRACE_MS, limit: 10 }
    expect((await run(other.jobsBeyond(beyond))).toSorted()).toEqual([ended.jobId, running.jobId].toSorted())
    await run(other.expireJobs({ namespaceId, jobIds: [ended.jobId], at: Date.now() + 60_000 }))
    expect(await run(one.jobsBeyond(beyond))).toEqual([running.jobId])
    expect(await run(one.get(ended))).toBe("asked")
    await run(other.expireJobs({ namespaceId, jobIds: [ended.jobId], at: 1 }))
    expect(await isThere(one, ended)).toBe(false)
    expect(await run(one.get(running))).toBe("asked")
  })

  it("deletes what has expired, and what it is told to forget, and nothing else", async () => {
    const { one, other } = content()
    const kept = newRef()
    const [expired, forgotten] = [newRef(kept.namespaceId), newRef(kept.namespaceId)]
    for (const ref of [kept, expired, forgotten]) await run(one.put(ref, "hello"))
    const proof = await run(one.prove(forgotten, "hello"))
    await run(one.expireJobs({ namespaceId: kept.namespaceId, jobIds: [expired.jobId], at: 1 }))
    expect(await run(other.purgeExpired)).toBeGreaterThanOrEqual(1)
    await run(other.forget(kept.namespaceId, forgotten.jobId))
    expect(await Promise.all([kept, expired, forgotten].map((ref) => isThere(one, ref)))).toEqual([true, false, false])
    expect(await run(other.prove(forgotten, "hello"))).toEqual(proof)
    await run(other.keepFor(kept.namespaceId, 90_000))
    expect(await isThere(one, expired)).toBe(false)
  })

  it("remembers how long an erased namespace wants its content kept", async () => {
    const { one, other } = content()
    const ref: ContentRef = { ...newRef(), field: "answer" }
    await run(one.keepFor(ref.namespaceId, 1))
    await run(one.put(ref, "hello"))
    await run(other.erase(ref.namespaceId))
    await run(one.put(ref, "hello again"))
    await vi.waitFor(async () => expect(await isThere(other, ref)).toBe(false))
  })
}
