import { Redis } from "ioredis"
import { debianSource } from "./debian-package.ts"
import type { Engine, Wanted } from "./engine.ts"
import { pathSource } from "./on-path.ts"

const REDIS_SERVER: Wanted = {
  program: "redis-server",
  sources: [pathSource("redis-server"), debianSource({ name: "redis-server", program: "redis-server", service: "redis-server" })],
}

/** Hot state only: nothing is saved, a restart starts empty. */
export const redis: Engine = {
  name: "redis",
  start: async (place) => {
    const program = await place.obtain(REDIS_SERVER)
    const port = await place.port("redis")
    const url = `redis://127.0.0.1:${port}`
    await place.run({
      role: "redis",
      program,
      args: ["--port", String(port), "--bind", "127.0.0.1", "--dir", place.folder, "--save", "", "--appendonly", "no"],
      stop: "SIGTERM",
      ready: () => versionOf(url),
    })
    return { what: "Redis", version: await versionOf(url), url }
  },
}

const versionOf = async (url: string): Promise<string> => {
  const client = new Redis(url, { lazyConnect: true, retryStrategy: () => null })
  client.on("error", () => {})
  try {
    await client.connect()
    return /redis_version:(\S+)/.exec(await client.info("server"))?.[1] ?? "unknown"
  } finally {
    client.disconnect()
  }
}
