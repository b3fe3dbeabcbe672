import { randomBytes } from "node:crypto"
import { Result } from "effect"
import { describe, expect, it } from "vitest"
import { memoryContentStore } from "#infra/memory/content-store.ts"
import { recentContents } from "#infra/memory/recent-contents.ts"
import { DEFAULT_RETENTION_MS, postgresContentStore } from "#infra/postgres/content-store.ts"
import { openPool } from "#infra/postgres/pool.ts"
import { contentStoreContract, newRef } from "#test/support/contract-content.ts"
import { attempt, run } from "#test/support/contract-events.ts"
import { openTestDatabase, useTestDatabase } from "#test/support/postgres.ts"

contentStoreContract("memory", async () => {
  const store = memoryContentStore()
  return { one: store, other: store, close: async () => {} }
})

const options = { rootKey: randomBytes(32), retentionMs: DEFAULT_RETENTION_MS, now: Date.now }

contentStoreContract("embedded Postgres", async () => {
  const database = await openTestDatabase()
  const otherPool = openPool(database.url)
  const close = async (): Promise<void> => {
    await otherPool.end()
    await database.close()
  }
  return { one: postgresContentStore(database.pool, options), other: postgresContentStore(otherPool, options), close }
})

contentStoreContract("embedded Postgres, with recent prompts at hand", async () => {
  const database = await openTestDatabase()
  const one = recentContents(postgresContentStore(database.pool, options))
  return { one, other: one, close: database.close }
})

describe("content in Postgres", () => {
  const database = useTestDatabase()

  it("is not readable in the tables", async () => {
    const ref = newRef()
    await run(postgresContentStore(database().pool, options).put(ref, "a secret prompt"))
    const { rows } = await database().pool.query<{ readonly sealed: Buffer }>("select sealed from content.items where job_id = $1", [ref.jobId])
    expect(rows).toHaveLength(1)
    expect(rows[0]?.sealed.includes("secret")).toBe(false)
  })

  it("is not given out when its bytes were changed, or moved to another job", async () => {
    const store = postgresContentStore(database().pool, options)
    const [changed, moved] = [newRef(), newRef()]
    await run(store.put(changed, "hello"))
    await run(store.put(moved, "hello"))
    await database().pool.query("update content.items set sealed = set_byte(sealed, 14, get_byte(sealed, 14) # 1) where job_id = $1", [changed.jobId])
    await database().pool.query("update content.items set job_id = 'job_other' where job_id = $1", [moved.jobId])
    for (const ref of [changed, { ...moved, jobId: "job_other" }]) {
      const got = await attempt(store.get(ref))
      expect(Result.isFailure(got) && got.failure._tag).toBe("ContentStoreUnavailable")
    }
  })

  it("is not readable under another root key", async () => {
    const ref = newRef()
    await run(postgresContentStore(database().pool, options).put(ref, "hello"))
    const stranger = postgresContentStore(database().pool, { ...options, rootKey: randomBytes(32) })
    const got = await attempt(stranger.get(ref))
    expect(Result.isFailure(got) && got.failure._tag).toBe("ContentStoreUnavailable")
  })

  it("is missing once its retention is over, and gone after a purge", async () => {
    let now = 1_000
    const store = postgresContentStore(database().pool, { ...options, retentionMs: 500, now: () => now })
    const [old, young] = [newRef(), newRef()]
    await run(store.put(old, "old"))
    now = 1_400
    await run(store.put(young, "young"))
    now = 1_500
    expect(Result.isFailure(await attempt(store.get(old)))).toBe(true)
    expect(await run(store.purgeExpired)).toBe(1)
    expect(await run(store.get(young))).toBe("young")
  })
})

describe("recent prompts", () => {
  it("are given out once without asking the store, then read from it", async () => {
    const store = memoryContentStore()
    let reads = 0
    const counted = { ...store, get: (ref: Parameters<typeof store.get>[0]) => (reads++, store.get(ref)) }
    const recent = recentContents(counted)
    const ref = newRef()
    await run(recent.put(ref, "hello"))
    expect([await run(recent.get(ref)), reads]).toEqual(["hello", 0])
    expect([await run(recent.get(ref)), reads]).toEqual(["hello", 1])
  })
})
