import { Redis } from "ioredis"
import { Data } from "effect"

const CONNECT_TIMEOUT_MS = 5_000
/** A command without an answer by then counts as failed; whether it took effect is not known. */
const COMMAND_TIMEOUT_MS = 2_000
const RECONNECT_DELAY_MS = 50
const MAX_RECONNECT_DELAY_MS = 1_000
const KEEP_ALIVE_MS = 5_000
/** SET with NX and PX, EVALSHA with effect replication: what the adapters use. */
const OLDEST_MAJOR = 6

/** Redis could not be used at start; `reason` says what to do. */
export class RedisCannotStart extends Data.TaggedError("RedisCannotStart")<{ readonly reason: string }> {}

export interface RedisLink {
  /** Fails at once while the server is away: whoever calls knows better than a queue what to do then. */
  readonly commands: Redis
  /** Subscribes again by itself after each reconnect. */
  readonly subscriber: Redis
  /** For readiness. */
  readonly isReady: () => boolean
  readonly close: () => void
}

export interface RedisOptions {
  /** Shown by `CLIENT LIST`. */
  readonly name: string
  /** Hears of each broken connection; it comes back by itself. */
  readonly onError: (cause: Error) => void
}

/** Two connections that come back by themselves for ever. Throws `RedisCannotStart` when the server cannot be used now. */
export const openRedis = async (url: string, { name, onError }: RedisOptions): Promise<RedisLink> => {
  const settings = {
    lazyConnect: true,
    connectTimeout: CONNECT_TIMEOUT_MS,
    commandTimeout: COMMAND_TIMEOUT_MS,
    keepAlive: KEEP_ALIVE_MS,
    retryStrategy: (times: number) => Math.min(RECONNECT_DELAY_MS * 2 ** Math.min(times, 10), MAX_RECONNECT_DELAY_MS),
    connectionName: name,
    autoResendUnfulfilledCommands: false,
  }
  const commands = new Redis(url, { ...settings, enableOfflineQueue: false, maxRetriesPerRequest: 0 })
  const subscriber = new Redis(url, { ...settings, maxRetriesPerRequest: null })
  const close = (): void => {
    commands.disconnect()
    subscriber.disconnect()
  }
  let lastError = ""
  const hear = (cause: Error): void => {
    lastError = cause.message
    onError(cause)
  }
  commands.on("error", hear)
  subscriber.on("error", hear)
  try {
    await commands.connect()
    await subscriber.connect()
    await checkServer(commands)
  } catch (cause) {
    close()
    if (cause instanceof RedisCannotStart) throw cause
    throw new RedisCannotStart({ reason: explain(lastError || reasonOf(cause), url) })
  }
  return { commands, subscriber, isReady: () => commands.status === "ready" && subscriber.status === "ready", close }
}

const checkServer = async (redis: Redis): Promise<void> => {
  const version = /^redis_version:(\S+)/m.exec(await redis.info("server"))?.[1] ?? "unknown"
  if (Number.parseInt(version, 10) >= OLDEST_MAJOR) return
  throw new RedisCannotStart({ reason: `Redis ${version} is too old: use ${OLDEST_MAJOR}.2 or newer` })
}

const explain = (message: string, url: string): string => {
  const { host } = new URL(url)
  if (/WRONGPASS|NOAUTH|invalid password/i.test(message)) return `${host} refuses the user or password in REDIS_URL: ${message}`
  if (/NOPERM/i.test(message)) return `${host} does not let this user do its work, check its ACL: ${message}`
  return `${host} cannot be reached, check REDIS_URL and that the server runs: ${message}`
}

/** For a tagged error's `reason`. */
export const reasonOf = (cause: unknown): string => (cause instanceof Error ? cause.message || cause.name : String(cause))
