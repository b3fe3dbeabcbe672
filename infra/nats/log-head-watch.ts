import type { Position } from "#domain/kernel/envelope.ts"
import type { LogHead } from "../memory/log-head.ts"
import { readHead } from "./event-feed.ts"
import type { LogLink } from "./log-link.ts"
import type { LogReader } from "./log-reader.ts"

/** A notification that got lost is made up for within this. */
const POLL_INTERVAL_MS = 1_000
/** Who follows the head need not wake up for each of the commits that come within this. */
const ANNOUNCE_INTERVAL_MS = 5
const POSITION = /^\d{1,24}$/

export interface HeadWatch {
  /** Tells the other processes how far the log reaches now. */
  readonly announce: (position: Position) => void
  /** From now on the head is kept up to date with everybody's commits. Most processes never ask. */
  readonly follow: () => void
  readonly close: () => void
}

/** Keeps `head` up to date with commits of every process: writers say what they appended, and a slow poll while somebody waits. */
export const watchLogHead = (link: LogLink, reader: LogReader, subject: string, head: LogHead): HeadWatch => {
  const announcements = announcementsOn(link, subject)
  let stop: (() => void) | null = null
  return {
    announce: (position) => {
      head.advance(position)
      announcements.announce(position)
    },
    follow: () => (stop ??= followHead(link, reader, subject, head)),
    close: () => {
      stop?.()
      announcements.flush()
    },
  }
}

const followHead = (link: LogLink, reader: LogReader, subject: string, head: LogHead): (() => void) => {
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
  // What was announced before this.
  poll()
  return () => {
    clearInterval(timer)
    offBack()
    subscription.unsubscribe()
  }
}

/** The first at once, and then the latest at most every `ANNOUNCE_INTERVAL_MS`. */
const announcementsOn = (link: LogLink, subject: string) => {
  let latest: Position | null = null
  let timer: NodeJS.Timeout | null = null
  const flush = (): void => {
    if (latest === null || link.connection.isClosed()) return
    link.connection.publish(subject, String(latest))
    latest = null
  }
  const next = (): void => {
    timer = latest === null ? null : setTimeout(next, ANNOUNCE_INTERVAL_MS)
    flush()
  }
  return {
    announce: (position: Position): void => {
      latest = latest === null || position > latest ? position : latest
      if (timer !== null) return
      flush()
      timer = setTimeout(next, ANNOUNCE_INTERVAL_MS)
    },
    flush: (): void => {
      if (timer !== null) clearTimeout(timer)
      flush()
    },
  }
}
