import { START } from "#domain/kernel/envelope.ts"
import type { LogHead } from "../memory/log-head.ts"
import { readHead } from "./event-feed.ts"
import { type LogConnection, ourStreams } from "./log-connection.ts"
import { positionOf } from "./recorded-event.ts"

/** A subscription that died without a word is made up for within this. */
const POLL_INTERVAL_MS = 1_000
const RESUBSCRIBE_DELAY_MS = 250

/**
 * Keeps `head` up to date with commits of every process: one subscription to our part of `$all` from the head on, made again when it
 * breaks, and a slow poll while somebody waits. Returns the function that ends it.
 */
export const watchHead = (log: LogConnection, head: LogHead): (() => Promise<void>) => {
  let closed = false
  let end = async (): Promise<void> => {}
  let again: NodeJS.Timeout | undefined

  const subscribe = (): void => {
    const { known } = head
    const subscription = log.client.subscribeToAll({
      fromPosition: known === START ? "start" : { commit: known, prepare: known },
      filter: ourStreams(log.prefix),
      requiresLeader: true,
    })
    let broken = false
    end = async () => {
      broken = true
      await subscription.unsubscribe().catch(() => {})
    }
    const onBroken = (): void => {
      if (broken || closed) return
      void end()
      again = setTimeout(subscribe, RESUBSCRIBE_DELAY_MS)
    }
    subscription.on("data", ({ event }) => event !== undefined && head.advance(positionOf(event)))
    subscription.on("error", onBroken)
    subscription.on("end", onBroken)
    subscription.on("close", onBroken)
  }

  subscribe()
  const timer = setInterval(() => {
    // A failed poll says nothing; the next one, or the reader's own read, will.
    if (head.hasWaiters) readHead(log).then((position) => head.advance(position), () => {})
  }, POLL_INTERVAL_MS)
  timer.unref()

  return async () => {
    closed = true
    clearInterval(timer)
    clearTimeout(again)
    await end()
  }
}
