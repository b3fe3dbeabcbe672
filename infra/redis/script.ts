import { createHash } from "node:crypto"
import type { Redis } from "ioredis"

export interface Script {
  readonly text: string
  readonly sha: string
}

/** A Lua script and the name by which the server keeps it. */
export const script = (text: string): Script => ({ text, sha: createHash("sha1").update(text).digest("hex") })

export interface Call {
  readonly keys: readonly string[]
  readonly args: readonly (string | number)[]
}

/** By its name; with its text once a server does not know it (after a restart or `SCRIPT FLUSH`). */
export const runScript = async (redis: Redis, { text, sha }: Script, { keys, args }: Call): Promise<unknown> => {
  try {
    return await redis.evalsha(sha, keys.length, ...keys, ...args)
  } catch (cause) {
    if (!(cause instanceof Error) || !cause.message.startsWith("NOSCRIPT")) throw cause
    return redis.eval(text, keys.length, ...keys, ...args)
  }
}
