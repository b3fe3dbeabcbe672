import type { Position } from "#domain/kernel/envelope.ts"
import type { LogHead } from "../memory/log-head.ts"
import { readHead } from "./event-feed.ts"
import type { LogLink } from "./log-link.ts"
import type { LogReader } from "./log-reader.ts"

/** A notification that got lost is made up for within this. */
const POLL_INTERVAL_MS = 1_000
const POSITION = /^\d{1,24}$/

export interface HeadWatch {
  /** Tells the other processes how far the log reaches now. */
  readonly announce: (position: Position) => void
  readonly close: () => void
}

/** Keeps `head` up to date with commits of every process: writers say what they appended, and a slow poll while somebody waits. */
export const watchLogHead = (link: LogLink, reader: LogReader, subject: string, head: LogHead): HeadWatch => {
  const poll = (): void => {
    // A failed poll says nothing; the next one, or the reader's own read, will.
    readHead(reader).then((position) => head.advance(position), () => {})
  }
  const subscription = link.connection.subscribe(subject, {
    callback: (error, message) => {
      const text = error === null ? message.string() : ""
      if (POSITION.test(text)) head.advance(BigInt(text))
    },
  })
  const offBack = link.onBack(poll)
  const timer = setInterval(() => head.hasWaiters && poll(), POLL_INTERVAL_MS)
  timer.unref()
  poll()

  return {
    announce: (position) => {
      head.advance(position)
      if (!link.connection.isClosed()) link.connection.publish(subject, String(position))
    },
    close: () => {
      clearInterval(timer)
      offBack()
      subscription.unsubscribe()
    },
  }
}
