import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { memoryCounters } from "#infra/memory/counters.ts"
import { redisPresence, type RedisPresence } from "#infra/redis/presence.ts"
import { eventually, NODE, OTHER, presenceContract, presenceOf, session } from "#test/support/contract-presence.ts"
import { engineUrl } from "#test/support/engines.ts"
import { openTestRedis, type TestRedis } from "#test/support/redis.ts"
import { openTcpGate, type TcpGate } from "#test/support/tcp-gate.ts"

presenceContract("Redis", async () => {
  const { link, other, prefix, close } = await openTestRedis()
  const options = { prefix, counters: memoryCounters() }
  const [here, there] = await Promise.all([redisPresence(link, options), redisPresence(other, options)])
  const closeAll = async (): Promise<void> => {
    for (const presence of [here, there]) presence.close()
    await close()
  }
  return { one: here, other: there, close: closeAll }
})

describe("presence on Redis", () => {
  let gate: TcpGate
  let gated: TestRedis
  let redis: TestRedis
  let near: RedisPresence
  let far: RedisPresence
  const counters = memoryCounters()
  beforeAll(async () => {
    const url = new URL(engineUrl("redis"))
    gate = await openTcpGate({ host: url.hostname, port: Number(url.port) })
    gated = await openTestRedis(`redis://127.0.0.1:${gate.port}`)
    redis = await openTestRedis()
    const options = { prefix: redis.prefix, counters }
    near = await redisPresence(gated.link, options)
    far = await redisPresence(redis.link, options)
  })
  afterAll(async () => {
    for (const presence of [near, far]) presence.close()
    await redis.close()
    await gated.close()
    await gate.close()
  })
  const seenFrom = (presence: RedisPresence) => presence.online(Date.now()).map(({ nodeId }) => nodeId).toSorted()

  it("is known to a process that starts later", async () => {
    near.announce(presenceOf(NODE, session(1), Date.now()))
    await eventually(() => expect(seenFrom(far)).toEqual([NODE]))
    const late = await redisPresence(redis.other, { prefix: redis.prefix, counters })
    expect(seenFrom(late)).toEqual([NODE])
    late.close()
  })

  it("is written again after a flush, and nobody forgets a node meanwhile", async () => {
    await redis.flush()
    const index = `${redis.prefix}presence:index`
    await eventually(() => expect(seenFrom(far)).toEqual([NODE]))
    for (let tries = 0; (await redis.other.commands.zcard(index)) === 0; tries++) {
      expect(seenFrom(far)).toEqual([NODE])
      await new Promise((resolve) => setImmediate(resolve))
      expect(tries).toBeLessThan(1_000_000)
    }
    expect(seenFrom(near)).toEqual([NODE])
  })

  it("stays as it was while the server is away, goes on with the own nodes, and all agree afterwards", async () => {
    gate.cut()
    near.announce(presenceOf(OTHER, session(2), Date.now()))
    near.withdraw({ nodeId: NODE, sessionId: session(1) })
    expect(seenFrom(near)).toEqual([OTHER])
    expect(seenFrom(far)).toEqual([NODE])
    const failedWrites = () => counters.snapshot().find(({ name }) => name === "presence_writes_failed_total")?.value
    await eventually(() => expect(failedWrites()).toBeGreaterThanOrEqual(2))
    gate.open()
    await eventually(() => expect(seenFrom(far)).toEqual([OTHER]))
    expect(seenFrom(near)).toEqual([OTHER])
  })

  it("heals a goodbye that a process did not hear", async () => {
    near.close()
    await redis.other.commands.zrem(`${redis.prefix}presence:index`, OTHER)
    await eventually(() => expect(seenFrom(far)).toEqual([]))
  })

  it("counts what a process of another release says, and goes on", async () => {
    await redis.other.commands.publish(`${redis.prefix}presence`, "{\"type\":\"new\"}")
    await eventually(() => expect(counters.snapshot()).toContainEqual({ name: "presence_messages_unknown_total", reason: null, value: 1 }))
  })
})
