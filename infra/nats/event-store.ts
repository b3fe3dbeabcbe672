import { Effect } from "effect"
import {
  type Appended,
  type Commit,
  type EventStoreShape,
  EventStoreUnavailable,
  WrongExpectedRevision,
} from "#commands/ports/event-store.ts"
import { BatchWriter } from "../group-commit/batch-writer.ts"
import { checkCommit } from "../memory/check-commit.ts"
import { appendCommits, type LogAccess, type PreparedCommit } from "./log-append.ts"
import { encodeCommit } from "./log-commit.ts"
import { deadline, isDefect, reasonOf, ridingOut } from "./log-retry.ts"
import { readStreamFrom } from "./log-stream-read.ts"

/** The server takes no larger batch. */
const MAX_BATCH_COMMITS = 1_000
const MAX_BATCH_BYTES = 8 * 1024 * 1024
const MAX_WAITING_COMMITS = 50_000
/** What the headers of a message may add to its payload. */
const HEADER_BYTES = 1_024

export interface NatsEventStoreOptions {
  readonly log: LogAccess
  readonly subjectOf: (stream: string) => string
  /** The largest message the server takes. */
  readonly maxPayloadBytes: () => number
  /** Hears of each batch once it is durable. */
  readonly onAppended: (batch: readonly Appended[]) => void
}

/** The log on JetStream with group commit: one batch in flight, what comes meanwhile goes into the next. */
export const natsEventStore = (options: NatsEventStoreOptions): EventStoreShape => {
  const { log, subjectOf, onAppended } = options
  const writer = new BatchWriter<PreparedCommit, Appended>(
    {
      maxItems: MAX_BATCH_COMMITS,
      maxWeight: MAX_BATCH_BYTES,
      maxWaiting: MAX_WAITING_COMMITS,
      weigh: ({ payload }) => payload.byteLength,
      keyOf: ({ subject }) => subject,
    },
    async (batch) => {
      const written = await appendCommits(log, batch)
      onAppended(written.flatMap((one) => ("done" in one ? [one.done] : [])))
      return written
    },
  )

  const append = (commit: Commit): Effect.Effect<Appended, WrongExpectedRevision | EventStoreUnavailable> =>
    Effect.callback((resume) => {
      checkCommit(commit)
      const payload = encodeCommit(commit)
      const limit = options.maxPayloadBytes() - HEADER_BYTES
      if (payload.byteLength > limit) {
        throw new Error(`a commit of ${payload.byteLength} bytes on ${commit.stream}: the NATS server's max_payload allows ${limit}`)
      }
      writer.submit({ commit, subject: subjectOf(commit.stream), payload }, (written) => {
        resume("failed" in written ? failureOf(written.failed) : Effect.succeed(written.done))
      })
    })

  return {
    append,
    readStream: (stream, fromRevision) =>
      Effect.tryPromise(() => ridingOut(() => readStreamFrom(log, subjectOf(stream), Math.max(fromRevision, 0)), deadline())).pipe(
        Effect.catch(({ cause }) => failureOf(cause)),
        Effect.catchTag("WrongExpectedRevision", Effect.die),
      ),
  }
}

const failureOf = (failed: unknown): Effect.Effect<never, WrongExpectedRevision | EventStoreUnavailable> => {
  if (failed instanceof WrongExpectedRevision) return Effect.fail(failed)
  return isDefect(failed) ? Effect.die(failed) : Effect.fail(new EventStoreUnavailable({ reason: reasonOf(failed) }))
}
