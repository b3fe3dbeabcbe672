import { randomUUID } from "node:crypto"
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest"
import { memoryCounters } from "#infra/memory/counters.ts"
import { redisPlaces } from "#infra/redis/places.ts"
import { placesContract } from "#test/support/contract-places.ts"
import { engineUrl } from "#test/support/engines.ts"
import { openTestRedis, type TestRedis } from "#test/support/redis.ts"
import { openTcpGate, type TcpGate } from "#test/support/tcp-gate.ts"

placesContract("Redis", async () => {
  const { link, other, prefix, close } = await openTestRedis()
  const [one, two] = [link, other].map((each) => redisPlaces(each, { prefix, counters: memoryCounters() }))
  if (one === undefined || two === undefined) throw new Error("no places")
  return { one, other: two, close: async () => (one.close(), two.close(), close()) }
})

const TTL_MS = 400

describe("places on Redis", () => {
  let gate: TcpGate
  let gated: TestRedis
  let redis: TestRedis
  const counters = memoryCounters()
  const count = (name: string) => counters.snapshot().find((one) => one.name === name)?.value ?? 0
  beforeAll(async () => {
    const url = new URL(engineUrl("redis"))
    gate = await openTcpGate({ host: url.hostname, port: Number(url.port) })
    gated = await openTestRedis(`redis://127.0.0.1:${gate.port}`)
    redis = await openTestRedis()
  })
  afterAll(async () => {
    await redis.close()
    await gated.close()
    await gate.close()
  })

  it("of a process that is gone come back, and those of one that lives do not", async () => {
    const options = { prefix: redis.prefix, counters, ttlMs: TTL_MS }
    const [living, gone] = [redisPlaces(redis.link, options), redisPlaces(redis.other, options)]
    const [kept, lost] = [randomUUID(), randomUUID()]
    expect(await living.enter(kept, 1)).not.toBeNull()
    expect(await gone.enter(lost, 1)).not.toBeNull()
    // A killed process renews nothing.
    gone.close()
    const startedAt = performance.now()
    await vi.waitFor(async () => expect(await living.enter(lost, 1)).not.toBeNull(), { timeout: 5_000, interval: 20 })
    expect(performance.now() - startedAt).toBeGreaterThan(TTL_MS / 2)
    expect(await redis.link.commands.zcard(`${redis.prefix}places:${kept}`)).toBe(1)
    expect(await living.enter(kept, 1)).toBeNull()
    living.close()
  })

  it("that the server forgot are back with the next renewal", async () => {
    const places = redisPlaces(redis.link, { prefix: redis.prefix, counters, ttlMs: TTL_MS })
    const other = redisPlaces(redis.other, { prefix: redis.prefix, counters, ttlMs: TTL_MS })
    const key = randomUUID()
    await places.enter(key, 1)
    await redis.flush()
    await vi.waitFor(async () => expect(await redis.link.commands.zcard(`${redis.prefix}places:${key}`)).toBe(1), { timeout: 5_000, interval: 10 })
    expect(await other.enter(key, 1)).toBeNull()
    places.close()
    other.close()
  })

  it("are counted by each process alone while the server is away, and that is counted", async () => {
    const places = redisPlaces(gated.link, { prefix: gated.prefix, counters })
    const key = randomUUID()
    gate.cut()
    expect(await places.enter(key, 2)).not.toBeNull()
    expect(await places.enter(key, 2)).not.toBeNull()
    expect(await places.enter(key, 2)).toBeNull()
    expect(count("places_counted_alone_total")).toBe(2)
    gate.open()
    places.close()
  })
})
