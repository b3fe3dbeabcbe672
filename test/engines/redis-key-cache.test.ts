import { afterAll, beforeAll, describe, expect, it, vi } from "vitest"
import { newKeyId, newNamespaceId } from "#commands/ids.ts"
import type { KeyRecord } from "#gateways/ports/key-directory.ts"
import { ApiError } from "#gateways/http/api-error.ts"
import { authenticator } from "#gateways/http/authenticate.ts"
import { DEFAULT_LIMITS, formatKey } from "#domain/api-key/index.ts"
import { keyAccess } from "#test/support/key-access.ts"
import { memoryCounters } from "#infra/memory/counters.ts"
import { redisKeyCache, SHARED_MS } from "#infra/redis/key-cache.ts"
import { openTestRedis, type TestRedis } from "#test/support/redis.ts"

const record = (changes: Partial<KeyRecord> = {}): KeyRecord => {
  const keyId = newKeyId()
  const access = keyAccess(keyId, { limits: { ...DEFAULT_LIMITS, spendPerDay: 10n ** 20n, models: ["a"] } })
  return { keyId, namespaceId: newNamespaceId(), mode: "test", pepperVersion: 1, digest: "d1", revokedAt: null, access, ...changes }
}

/** A record as Redis might hold it. */
const stored = (changes: object): string =>
  JSON.stringify({ ...record(), ...changes }, (_name, value: unknown) => (typeof value === "bigint" ? String(value) : value))

describe("the API keys that gateways share in Redis", () => {
  let redis: TestRedis
  beforeAll(async () => void (redis = await openTestRedis()))
  afterAll(() => redis.close())

  /** Two gateways over one read model that counts how often it is asked. */
  const gateways = (known: Map<string, KeyRecord>) => {
    const asked: string[] = []
    const readModel = { find: async (keyId: string) => (asked.push(keyId), known.get(keyId) ?? null) }
    const options = { prefix: redis.prefix, counters: memoryCounters() }
    return { asked, one: redisKeyCache(readModel, redis.link, options), other: redisKeyCache(readModel, redis.other, options) }
  }
  const kept = (key: KeyRecord) => vi.waitFor(async () => expect(await redis.link.commands.exists(`${redis.prefix}api-key:${key.keyId}`)).toBe(1))

  it("are looked up once for all of them", async () => {
    const key = record()
    const { asked, one, other } = gateways(new Map([[key.keyId, key]]))
    expect(await one.find(key.keyId)).toEqual(key)
    await kept(key)
    expect(await other.find(key.keyId)).toEqual(key)
    expect(asked).toEqual([key.keyId])
  })

  it("are believed for two seconds, so that a revocation is known everywhere within five", async () => {
    const key = record()
    const known = new Map([[key.keyId as string, key]])
    const { one, other } = gateways(known)
    await one.find(key.keyId)
    await kept(key)
    known.set(key.keyId, { ...key, revokedAt: 7 })
    await vi.waitFor(async () => expect(await other.find(key.keyId)).toMatchObject({ revokedAt: 7 }), { timeout: SHARED_MS + 1_000, interval: 50 })
  })

  it("are refused by two gateways within five seconds of a revocation, while both are asked all the time", async () => {
    const key = record()
    const known = new Map([[key.keyId as string, key]])
    const secret = "s".repeat(32)
    const header = `Bearer ${formatKey({ mode: key.mode, keyId: key.keyId, secret })}`
    const { one, other } = gateways(known)
    const doors = [one, other].map((keys) => authenticator({ keys, digest: { matches: () => true }, now: Date.now }))
    const refusals = () => Promise.all(doors.map((open) => open(header).then(() => false, (refused: unknown) => refused instanceof ApiError && refused.status === 401)))
    expect(await refusals()).toEqual([false, false])
    known.set(key.keyId, { ...key, revokedAt: Date.now() })
    const from = performance.now()
    await vi.waitFor(async () => expect(await refusals()).toEqual([true, true]), { timeout: 5_000, interval: 20 })
    console.log(`both gateways refused the key after ${Math.round(performance.now() - from)} ms`)
  })

  it("are asked for each time while there are none: one may be made at any moment", async () => {
    const key = record()
    const known = new Map<string, KeyRecord>()
    const { one } = gateways(known)
    expect(await one.find(key.keyId)).toBeNull()
    known.set(key.keyId, key)
    expect(await one.find(key.keyId)).toEqual(key)
  })

  it.each(["garbage", stored({ mode: "root" }), stored({})])("are not believed when Redis holds %s", async (text) => {
    const key = record()
    const { one } = gateways(new Map([[key.keyId, key]]))
    await redis.link.commands.set(`${redis.prefix}api-key:${key.keyId}`, text)
    expect(await one.find(key.keyId)).toEqual(key)
  })

  it("are looked up without Redis too", async () => {
    const key = record()
    const away = await openTestRedis()
    await away.close()
    const readModel = { find: async () => key }
    expect(await redisKeyCache(readModel, away.link, { prefix: away.prefix, counters: memoryCounters() }).find(key.keyId)).toEqual(key)
  })
})
