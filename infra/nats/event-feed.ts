import { Effect } from "effect"
import { type Position, type RecordedEvent, START } from "#domain/kernel/envelope.ts"
import { type EventFeedShape, EventFeedUnavailable } from "#projections/ports/event-feed.ts"
import type { LogHead } from "../memory/log-head.ts"
import { recordedEvents } from "./log-commit.ts"
import { firstSequenceAfter, lastPositionOf } from "./log-layout.ts"
import { NoAnswer } from "./log-link.ts"
import type { LogReader } from "./log-reader.ts"
import { deadline, isDefect, reasonOf, ridingOut } from "./log-retry.ts"

/** A replica that has not yet applied what is known to exist gets this long; then the reader asks again by itself. */
const CATCH_UP_MS = 1_000

/** Readers' side of the log; `head` is kept up to date by this process's own appends and, once `follow` was called, by everybody's. */
export const natsEventFeed = (reader: LogReader, head: LogHead, follow: () => void): EventFeedShape => {
  const pages = new FeedPages(reader)
  return {
    read: (after, limit) => feedEffect(() => readAfter(pages, head, { after, limit })),
    head: feedEffect(async () => {
      const position = await ridingOut(() => readHead(reader), deadline())
      head.advance(position)
      return position
    }),
    waitFor: (after) =>
      Effect.callback<void>((resume) => {
        follow()
        const cancel = head.wait(after, () => resume(Effect.void))
        return Effect.sync(cancel)
      }),
  }
}

export const readHead = async (reader: LogReader): Promise<Position> => {
  const sequence = await reader.lastSequence()
  return sequence === 0 ? START : lastPositionOf(sequence)
}

const feedEffect = <A>(work: () => Promise<A>): Effect.Effect<A, EventFeedUnavailable> =>
  Effect.tryPromise(work).pipe(
    Effect.catch(({ cause }): Effect.Effect<never, EventFeedUnavailable> =>
      isDefect(cause) ? Effect.die(cause) : Effect.fail(new EventFeedUnavailable({ reason: reasonOf(cause) })),
    ),
  )

interface Range {
  readonly after: Position
  readonly limit: number
}

const readAfter = async (pages: FeedPages, head: LogHead, range: Range): Promise<readonly RecordedEvent[]> => {
  const behindUntil = Date.now() + CATCH_UP_MS
  return await ridingOut(async () => {
    const events = await pages.read(range)
    // Any replica may answer, and one may be a moment behind the leader that acknowledged.
    if (events.length === 0 && head.known > range.after && Date.now() < behindUntil) throw new NoAnswer("the replica is behind")
    return events
  }, deadline())
}

class FeedPages {
  readonly #reader: LogReader
  /** Of the last page, so that a page brings about as many events as were asked for. */
  #eventsPerCommit = 1

  constructor(reader: LogReader) {
    this.#reader = reader
  }

  /** Sequences have no gaps and a page leaves nothing out, so what a later read returns comes after all of this. */
  async read({ after, limit }: Range): Promise<readonly RecordedEvent[]> {
    const events: RecordedEvent[] = []
    let fromSequence = firstSequenceAfter(after)
    while (events.length < limit) {
      const maxCommits = Math.ceil((limit - events.length) / this.#eventsPerCommit)
      const { commits, isLast } = await this.#reader.page({ fromSequence, maxCommits })
      const found = commits.flatMap(recordedEvents)
      for (const event of found) if (event.position > after) events.push(event)
      if (commits.length > 0) this.#eventsPerCommit = found.length / commits.length
      if (isLast) break
      fromSequence += commits.length
    }
    return events.slice(0, limit)
  }
}
