import { Result } from "effect"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { ContentMissing, type ContentRef, type ContentStoreShape } from "#commands/ports/content-store.ts"
import { uuidV7 } from "#commands/ids.ts"
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
