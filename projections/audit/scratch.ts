import { Data, Effect } from "effect"
import type { Projection } from "../projection.ts"
import type { ProjectionSink, SinkUnavailable } from "../ports/projection-sink.ts"
import type { ReadDb } from "../read-db.ts"
import { postgresSink } from "../sinks/postgres.ts"
import { type AuditUnavailable, inTransaction, mayStandStill, query } from "./transaction.ts"

/** Another process rebuilds or verifies read models of this database now. */
export class AuditRunning extends Data.TaggedError("AuditRunning")<{ readonly reason: string }> {}

/** Where tables are rebuilt, beside the live ones. */
export const SCRATCH_SCHEMA = "read_rebuild"

/** Any constant; other users of the database must not use the same. */
const AUDIT_LOCK = 6_172_839_405

const DROP = `drop schema if exists "${SCRATCH_SCHEMA}" cascade`

/** Runs `use` with empty tables in a schema of its own, which is gone afterwards. One at a time per database. */
export const withScratch = <A, E, R>(
  db: ReadDb,
  projections: readonly Projection[],
  use: (sink: ProjectionSink) => Effect.Effect<A, E, R>,
): Effect.Effect<A, E | AuditRunning | AuditUnavailable | SinkUnavailable, R> =>
  inTransaction(
    () => db.startTransaction().execute(),
    Effect.fnUntraced(function* (lock) {
      const [row] = yield* query<{ readonly mine: boolean }>(lock, `select pg_try_advisory_xact_lock(${AUDIT_LOCK}) as mine`)
      yield* mayStandStill(lock)
      if (row?.mine !== true) return yield* new AuditRunning({ reason: "read models are being rebuilt or verified already" })
      const sink = postgresSink(db, SCRATCH_SCHEMA)
      const drop = inTransaction(() => db.startTransaction().execute(), (trx) => query(trx, DROP))
      // What a killed rebuild left goes first.
      yield* drop
      yield* sink.install(projections)
      return yield* Effect.ensuring(use(sink), Effect.ignore(drop))
    }),
  )
