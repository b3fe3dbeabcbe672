import { Effect } from "effect"
import pg from "pg"
import type { Position } from "#domain/kernel/envelope.ts"
import {
  type Appended,
  type Commit,
  type EventStoreShape,
  EventStoreUnavailable,
  WrongExpectedRevision,
} from "#commands/ports/event-store.ts"
import { checkCommit } from "../memory/check-commit.ts"
import { appendBatch, type SerializedCommit } from "./append-batch.ts"
import { BatchWriter } from "../group-commit/batch-writer.ts"
import { ForeignEventId } from "../group-commit/foreign-event-id.ts"
import { reasonOf, ridingOutRestarts } from "./connection-retry.ts"
import { EVENT_COLUMNS, type EventRow, recordedEvent } from "./recorded-event.ts"

/** Commits in one transaction. Beyond a few hundred the fsync is no longer what a commit costs. */
const MAX_BATCH_COMMITS = 512
/** Characters of event data in one transaction; a single larger commit goes alone. */
const MAX_BATCH_CHARACTERS = 4 * 1024 * 1024
const MAX_WAITING_COMMITS = 50_000

const READ_STREAM = `select ${EVENT_COLUMNS} from log.events where stream = $1 and revision >= $2 order by revision`

/** The log in Postgres with group commit. `onAppended` hears of each commit's position once it is durable. */
export const postgresEventStore = (
  pool: pg.Pool,
  onAppended: (position: Position) => void = () => {},
): EventStoreShape => {
  const writer = new BatchWriter<SerializedCommit, Appended>(
    {
      maxItems: MAX_BATCH_COMMITS,
      maxWeight: MAX_BATCH_CHARACTERS,
      maxWaiting: MAX_WAITING_COMMITS,
      weigh: ({ datas }) => datas.reduce((sum, data) => sum + data.length, 0),
      keyOf: ({ commit }) => commit.stream,
    },
    (batch) => appendBatch(pool, batch),
  )

  const append = (commit: Commit): Effect.Effect<Appended, WrongExpectedRevision | EventStoreUnavailable> =>
    Effect.callback((resume) => {
      checkCommit(commit)
      const datas = commit.events.map(({ data }) => JSON.stringify(data))
      writer.submit({ commit, datas }, (written) => {
        if ("failed" in written) return resume(failureOf(written.failed))
        onAppended(written.done.position)
        resume(Effect.succeed(written.done))
      })
    })

  return {
    append,
    readStream: (stream, fromRevision) =>
      Effect.tryPromise({
        try: async () => {
          const query = { name: "log-read-stream", text: READ_STREAM, values: [stream, fromRevision] }
          const { rows } = await ridingOutRestarts(() => pool.query<EventRow>(query))
          return rows.map(recordedEvent)
        },
        catch: (cause) => new EventStoreUnavailable({ reason: reasonOf(cause) }),
      }),
  }
}

/** Data errors and broken constraints are ours: no retry would help, and nothing of the commit was written. */
const OUR_FAULT = /^(22|23|42)/

const failureOf = (failed: unknown): Effect.Effect<never, WrongExpectedRevision | EventStoreUnavailable> => {
  if (failed instanceof WrongExpectedRevision) return Effect.fail(failed)
  const ours = failed instanceof ForeignEventId || (failed instanceof pg.DatabaseError && OUR_FAULT.test(failed.code ?? ""))
  return ours ? Effect.die(failed) : Effect.fail(new EventStoreUnavailable({ reason: reasonOf(failed) }))
}
