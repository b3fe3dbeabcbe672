import { randomUUID } from "node:crypto"
import { openRedis, type RedisLink } from "#infra/redis/connect.ts"
import { engineUrl } from "./engines.ts"

export interface TestRedis {
  readonly link: RedisLink
  /** The same server as another process reaches it. */
  readonly other: RedisLink
  /** In front of every key of this test. */
  readonly prefix: string
  /** What FLUSHALL does, to this test's keys alone. */
  readonly flush: () => Promise<void>
  readonly close: () => Promise<void>
}

const KEYS_AT_ONCE = 1_000

/** Keys of its own on the engines' Redis, or on the server behind `url`. */
export const openTestRedis = async (url = engineUrl("redis")): Promise<TestRedis> => {
  const prefix = `test-${randomUUID()}:`
  const options = { name: "test", onError: () => {} }
  const [direct, link, other] = await Promise.all([openRedis(engineUrl("redis"), options), openRedis(url, options), openRedis(url, options)])
  const flush = async (): Promise<void> => {
    for await (const keys of direct.commands.scanStream({ match: `${prefix}*`, count: KEYS_AT_ONCE })) {
      if (keys.length > 0) await direct.commands.del(...keys)
    }
  }
  const close = async (): Promise<void> => {
    await flush()
    for (const one of [direct, link, other]) one.close()
  }
  return { link, other, prefix, flush, close }
}
