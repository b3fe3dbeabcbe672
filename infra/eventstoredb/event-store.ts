import { Effect, Semaphore } from "effect"
import type { Position } from "#domain/kernel/envelope.ts"
import { type Commit, type EventStoreShape, EventStoreUnavailable, WrongExpectedRevision } from "#commands/ports/event-store.ts"
import { checkCommit } from "../memory/check-commit.ts"
import { appendCommit } from "./append-commit.ts"
import type { LogConnection } from "./log-connection.ts"
import { isOurFault, reasonOf } from "./passing-failure.ts"
import { readWholeStream } from "./read-stream.ts"
import { ForeignEventId, RecentCommits } from "./recent-commits.ts"

/** The server takes 100 calls at once on a connection; the rest would wait in the socket, where their deadlines already run. */
const MAX_APPENDS_IN_FLIGHT = 80
const MAX_WAITING_COMMITS = 50_000

/**
 * The log in EventStoreDB. Appends go one by one, side by side: the server itself groups what it flushes. `onAppended` hears of each
 * commit's position once it is acknowledged.
 */
export const eventStoreDbStore = (log: LogConnection, onAppended: (position: Position) => void): EventStoreShape => {
  const recent = new RecentCommits()
  const slots = Semaphore.makeUnsafe(MAX_APPENDS_IN_FLIGHT)
  let waiting = 0

  const send = (commit: Commit) =>
    Effect.tryPromise({
      try: async () => {
        const known = recent.placeOf(commit)
        if (known !== undefined) return known
        const appended = await appendCommit(log, commit)
        recent.remember(commit, appended)
        onAppended(appended.position)
        return appended
      },
      catch: (cause) => cause,
    }).pipe(Effect.catch(failureOf))

  return {
    append: (commit) =>
      Effect.suspend(() => {
        checkCommit(commit)
        if (waiting >= MAX_WAITING_COMMITS) return Effect.fail(new EventStoreUnavailable({ reason: `${waiting} commits wait already` }))
        waiting += 1
        return slots.withPermits(1)(send(commit)).pipe(Effect.ensuring(Effect.sync(() => void (waiting -= 1))))
      }),
    readStream: (stream, fromRevision) =>
      Effect.tryPromise({
        try: () => readWholeStream(log, stream, fromRevision),
        catch: (cause) => new EventStoreUnavailable({ reason: reasonOf(cause) }),
      }),
  }
}

const failureOf = (failed: unknown): Effect.Effect<never, WrongExpectedRevision | EventStoreUnavailable> => {
  if (failed instanceof WrongExpectedRevision) return Effect.fail(failed)
  if (failed instanceof ForeignEventId || isOurFault(failed)) return Effect.die(failed)
  return Effect.fail(new EventStoreUnavailable({ reason: reasonOf(failed) }))
}
