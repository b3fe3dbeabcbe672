import { Effect } from "effect"
import { NO_STREAM, type Position, type RecordedEvent, START } from "#domain/kernel/envelope.ts"
import { type Appended, type Commit, type EventStoreShape, WrongExpectedRevision } from "#commands/ports/event-store.ts"
import type { EventFeedShape } from "#projections/ports/event-feed.ts"
import { LogHead } from "./log-head.ts"
import { checkCommit } from "./check-commit.ts"

export interface MemoryLog {
  readonly store: EventStoreShape
  readonly feed: EventFeedShape
}

/** A turn of the event loop wherever a real store has its round trip, so that races show. */
const roundTrip = Effect.yieldNow

/** The domain log in an array, for unit tests: store and feed over the same events. */
export const memoryLog = (): MemoryLog => {
  const events: RecordedEvent[] = []
  const streams = new Map<string, RecordedEvent[]>()
  const byId = new Map<string, RecordedEvent>()
  const head = new LogHead()

  const appendNow = (commit: Commit): Effect.Effect<Appended, WrongExpectedRevision> => {
    checkCommit(commit)
    const stream = streams.get(commit.stream) ?? []
    const actual = stream.length - 1
    const first = byId.get(commit.events[0]?.id ?? "")
    const last = byId.get(commit.events.at(-1)?.id ?? "")
    if (first !== undefined && first.stream !== commit.stream) throw new Error(`event id ${first.id} is taken by another stream`)
    const repeated = first !== undefined && last?.revision === first.revision + commit.events.length - 1
    if (repeated) return Effect.succeed({ revision: last.revision, position: last.position })
    if (first !== undefined || actual !== commit.expectedRevision) {
      return Effect.fail(new WrongExpectedRevision({ stream: commit.stream, expected: commit.expectedRevision, actual }))
    }
    if (commit.events.some(({ id }) => byId.has(id))) throw new Error("an event id is taken")
    const recordedAt = Date.now()
    for (const { id, type, data, meta } of commit.events) {
      const wire: unknown = JSON.parse(JSON.stringify(data))
      const event = { id, position: BigInt(events.length + 1), stream: commit.stream, revision: stream.length, type, data: wire, meta, recordedAt }
      events.push(event)
      stream.push(event)
      byId.set(id, event)
    }
    streams.set(commit.stream, stream)
    const position: Position = BigInt(events.length)
    head.advance(position)
    return Effect.succeed({ revision: stream.length - 1, position })
  }

  return {
    store: {
      append: (commit) => Effect.flatMap(roundTrip, () => appendNow(commit)),
      readStream: (stream, fromRevision) =>
        Effect.map(roundTrip, () => (streams.get(stream) ?? []).slice(Math.max(fromRevision, NO_STREAM + 1))),
    },
    feed: {
      read: (after, limit) => Effect.map(roundTrip, () => events.slice(Number(after), Number(after) + limit)),
      head: Effect.map(roundTrip, () => events.at(-1)?.position ?? START),
      waitFor: (after) =>
        Effect.callback<void>((resume) => {
          const cancel = head.wait(after, () => resume(Effect.void))
          return Effect.sync(cancel)
        }),
    },
  }
}
