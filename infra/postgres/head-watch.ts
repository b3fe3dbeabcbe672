import pg from "pg"
import type { Position } from "#domain/kernel/envelope.ts"
import type { LogHead } from "../memory/log-head.ts"

/** A notification that got lost is made up for within this. */
const POLL_INTERVAL_MS = 1_000
const RECONNECT_DELAY_MS = 250

export const HEAD = `select coalesce((select "position" from log.events order by "position" desc limit 1), 0) as head`

export const readHead = async (pool: pg.Pool): Promise<Position> => {
  const { rows } = await pool.query<{ readonly head: string }>({ name: "log-head", text: HEAD })
  return BigInt(rows[0]?.head ?? 0)
}

/**
 * Keeps `head` up to date with commits of every process: one LISTEN connection, made again when it breaks, and a slow poll while
 * somebody waits. Returns the function that ends it.
 */
export const watchHead = (pool: pg.Pool, head: LogHead): (() => Promise<void>) => {
  let closed = false
  let client: pg.Client | null = null
  let reconnect: NodeJS.Timeout | undefined

  const poll = (): void => {
    // A failed poll says nothing; the next one, or the reader's own read, will.
    readHead(pool).then((position) => head.advance(position), () => {})
  }

  const connect = async (): Promise<void> => {
    const next = new pg.Client(pool.options)
    client = next
    let broken = false
    const onBroken = (): void => {
      if (broken || closed) return
      broken = true
      next.end().catch(() => {})
      reconnect = setTimeout(() => void connect(), RECONNECT_DELAY_MS)
    }
    next.on("error", onBroken)
    next.on("end", onBroken)
    next.on("notification", ({ payload }) => head.advance(BigInt(payload ?? 0)))
    try {
      await next.connect()
      await next.query("listen resultity_log")
      // What was committed before the LISTEN took hold.
      poll()
    } catch {
      onBroken()
    }
  }

  void connect()
  const timer = setInterval(() => head.hasWaiters && poll(), POLL_INTERVAL_MS)
  timer.unref()

  return async () => {
    closed = true
    clearInterval(timer)
    clearTimeout(reconnect)
    await client?.end().catch(() => {})
  }
}
