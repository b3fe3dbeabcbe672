import { randomUUID } from "node:crypto"
import { expect, it, vi } from "vitest"
import { openRedis, RedisCannotStart } from "#infra/redis/connect.ts"
import { engineUrl } from "#test/support/engines.ts"
import { openTestRedis } from "#test/support/redis.ts"
import { openTcpGate } from "#test/support/tcp-gate.ts"

const options = { name: "test", onError: () => {} }

const whyNot = async (url: string): Promise<string> => {
  const failure: unknown = await openRedis(url, options).catch((cause: unknown) => cause)
  expect(failure).toBeInstanceOf(RedisCannotStart)
  return failure instanceof RedisCannotStart ? failure.reason : ""
}

it("a connection to Redis that cannot be made says what to check", async () => {
  expect(await whyNot("redis://127.0.0.1:1")).toMatch(/127\.0\.0\.1:1 cannot be reached, check REDIS_URL/)
})

it("a connection to Redis with a wrong password says so, and does not show it", async () => {
  const redis = await openTestRedis()
  const user = `test-${randomUUID()}`
  await redis.link.commands.acl("SETUSER", user, "on", ">right", "~*", "+@all")
  const url = new URL(engineUrl("redis"))
  url.username = user
  url.password = "wrong-password"
  const reason = await whyNot(url.href)
  expect(reason).toMatch(/refuses the user or password in REDIS_URL/)
  expect(reason).not.toContain("wrong-password")
  await redis.link.commands.acl("DELUSER", user)
  await redis.close()
})

it("a connection to Redis fails at once while the server is away, is not ready, and comes back by itself", async () => {
  const url = new URL(engineUrl("redis"))
  const gate = await openTcpGate({ host: url.hostname, port: Number(url.port) })
  const redis = await openTestRedis(`redis://127.0.0.1:${gate.port}`)
  expect(redis.link.isReady()).toBe(true)
  gate.cut()
  await vi.waitFor(() => expect(redis.link.isReady()).toBe(false))
  const askedAt = performance.now()
  await expect(redis.link.commands.get("x")).rejects.toThrow()
  expect(performance.now() - askedAt).toBeLessThan(500)
  gate.open()
  await vi.waitFor(() => expect(redis.link.isReady()).toBe(true), { timeout: 5_000 })
  await redis.close()
  await gate.close()
})
