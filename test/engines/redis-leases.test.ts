import { Effect, Fiber, Result } from "effect"
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest"
import { redisLeases } from "#infra/redis/leases.ts"
import { startChild } from "#test/support/contract-child.ts"
import { attempt, run } from "#test/support/contract-events.ts"
import { hold, leasesContract, newName } from "#test/support/contract-leases.ts"
import { engineUrl } from "#test/support/engines.ts"
import { openTestRedis, type TestRedis } from "#test/support/redis.ts"
import { openTcpGate, type TcpGate } from "#test/support/tcp-gate.ts"

leasesContract("Redis", async () => {
  const { link, other, prefix, close } = await openTestRedis()
  return { one: redisLeases(link, { prefix }), other: redisLeases(other, { prefix }), close }
})

const TTL_MS = 600

const untilBack = ({ link }: TestRedis): Promise<unknown> => vi.waitFor(() => link.commands.ping(), { timeout: 5_000 })

describe("a lease on Redis", () => {
  let redis: TestRedis
  let gate: TcpGate
  beforeAll(async () => {
    const url = new URL(engineUrl("redis"))
    gate = await openTcpGate({ host: url.hostname, port: Number(url.port) })
    redis = await openTestRedis(`redis://127.0.0.1:${gate.port}`)
  })
  afterAll(async () => {
    await redis.close()
    await gate.close()
  })

  it("is over for a process that was stopped past it, before that process hears of it", async () => {
    const name = newName()
    const child = startChild("lease-process.ts", [engineUrl("redis"), redis.prefix, name, String(TTL_MS)])
    await child.untilLines(1)
    child.process.kill("SIGSTOP")
    const next = await hold(redisLeases(redis.other, redis), name)
    child.process.stdin?.write("?\n")
    child.process.kill("SIGCONT")
    await child.untilLines(3)
    expect(child.lines.slice(1).toSorted()).toEqual(["lost", "told"])
    expect(next.fence).toBeGreaterThan(Number(child.lines[0]?.split(" ")[1]))
    expect(next.stillHeld()).toBe(true)
    child.process.kill("SIGKILL")
    await child.ended
    await next.giveBack()
  })

  it("passes to the next when its holder is killed, after its time at most", async () => {
    const name = newName()
    const child = startChild("lease-process.ts", [engineUrl("redis"), redis.prefix, name, String(TTL_MS)])
    await child.untilLines(1)
    child.process.kill("SIGKILL")
    const killedAt = performance.now()
    const next = await hold(redisLeases(redis.other, redis), name)
    expect(performance.now() - killedAt).toBeLessThan(TTL_MS + 1_000)
    await next.giveBack()
  })

  it("is lost when the server is away for longer than it, and nobody gets one meanwhile", async () => {
    const leases = redisLeases(redis.link, redis)
    const lease = await hold(leases, newName(), TTL_MS)
    gate.cut()
    const refused = await attempt(Effect.scoped(leases.acquire(newName(), TTL_MS)))
    expect(Result.isFailure(refused) && refused.failure._tag).toBe("LeasesUnavailable")
    expect(lease.stillHeld()).toBe(true)
    await run(lease.lost)
    expect(lease.stillHeld()).toBe(false)
    gate.open()
    await untilBack(redis)
    expect(lease.stillHeld()).toBe(false)
    const next = await hold(leases, newName(), TTL_MS)
    expect(next.stillHeld()).toBe(true)
    await next.giveBack()
    await lease.giveBack()
  })

  it("outlives a break that is shorter than it", async () => {
    const lease = await hold(redisLeases(redis.link, redis), newName(), 4_000)
    gate.cut()
    gate.open()
    await untilBack(redis)
    const rival = await run(Effect.scoped(redisLeases(redis.other, redis).acquire(newName(), TTL_MS)).pipe(Effect.as("another name")))
    expect([lease.stillHeld(), rival]).toEqual([true, "another name"])
    await lease.giveBack()
  })

  it("stays with its holder through a flush, and nobody else gets it meanwhile", async () => {
    const name = newName()
    const lease = await hold(redisLeases(redis.link, redis), name, TTL_MS)
    const rival = Effect.runFork(Effect.scoped(redisLeases(redis.other, redis).acquire(name, TTL_MS)))
    for (let flushes = 0; flushes < 3; flushes += 1) {
      await redis.flush()
      const until = performance.now() + 2 * TTL_MS
      await vi.waitFor(() => expect(performance.now()).toBeGreaterThan(until), { timeout: 3 * TTL_MS + 1_000 })
      expect([lease.stillHeld(), rival.pollUnsafe()]).toEqual([true, undefined])
    }
    await run(Fiber.interrupt(rival))
    await lease.giveBack()
  })

  it("passes to the next with a greater fence when a flush took the place of a holder that is gone", async () => {
    const name = newName()
    const child = startChild("lease-process.ts", [engineUrl("redis"), redis.prefix, name, String(TTL_MS)])
    await child.untilLines(1)
    child.process.kill("SIGKILL")
    await child.ended
    await redis.flush()
    const next = await hold(redisLeases(redis.other, redis), name, TTL_MS)
    expect(next.fence).toBeGreaterThan(Number(child.lines[0]?.split(" ")[1]))
    await next.giveBack()
  })

  it("needs no script that the server remembers", async () => {
    await redis.link.commands.script("FLUSH")
    const lease = await hold(redisLeases(redis.link, redis), newName(), TTL_MS)
    expect(lease.stillHeld()).toBe(true)
    await lease.giveBack()
  })
})
