import { Data, Effect } from "effect"
import { postgresSink } from "../sinks/postgres.ts"
import type { ProjectionSink } from "../ports/projection-sink.ts"
import { LIVE_SCHEMA } from "../read-db.ts"
import { compareTable, type Difference } from "./compare-tables.ts"
import { type AuditFailure, type RebuildOptions, replay } from "./rebuild.ts"
import { withScratch } from "./scratch.ts"
import { attempt, inTransaction, mayStandStill, type Trx } from "./transaction.ts"

/** These projections have no tables of this version yet: nothing to compare. */
export class NothingToVerify extends Data.TaggedError("NothingToVerify")<{ readonly projections: readonly string[] }> {}

export interface TableCount {
  readonly projection: string
  readonly table: string
  readonly rows: number
}

export type Verification =
  | { readonly equal: true; readonly events: number; readonly perTable: readonly TableCount[] }
  | { readonly equal: false; readonly events: number; readonly projection: string; readonly difference: Difference }

/**
 * Rebuilds read models beside the live ones, up to the very event each live one has reached, and compares all rows byte for byte.
 * Readers and a running projector go on meanwhile: the live side is one snapshot.
 */
export const verify = (options: RebuildOptions): Effect.Effect<Verification, AuditFailure | NothingToVerify> =>
  withScratch(
    options.db,
    options.projections,
    Effect.fnUntraced(function* (scratch) {
      const { db, projections } = options
      const live = postgresSink(db, LIVE_SCHEMA)
      yield* live.install([])
      const positions = yield* live.positions(projections)
      const missing = projections.filter(({ name }) => !positions.has(name)).map(({ name }) => name)
      if (missing.length > 0) return yield* new NothingToVerify({ projections: missing })
      const events = yield* replay(options, scratch, positions)
      const snapshot = () =>
        db.startTransaction().setIsolationLevel("repeatable read").setAccessMode("read only").execute()
      return yield* inTransaction(snapshot, (trx) => compareWith(options, scratch, trx, events))
    }),
  )

/** The long part is done; the rest of the way to the snapshot's positions is short. */
const compareWith = Effect.fnUntraced(function* (
  options: RebuildOptions,
  scratch: ProjectionSink,
  live: Trx,
  replayed: number,
): Effect.fn.Return<Verification, AuditFailure> {
  yield* mayStandStill(live)
  const rows = yield* attempt(() => live.withSchema(LIVE_SCHEMA).selectFrom("checkpoints").selectAll().execute())
  const targets = new Map(rows.map((row) => [row.name, row.position]))
  const events = replayed + (yield* replay({ ...options, onProgress: () => {} }, scratch, targets))
  return yield* inTransaction(() => options.db.startTransaction().execute(), (rebuilt) => compareAll(options, live, rebuilt, events))
})

const compareAll = Effect.fnUntraced(function* (
  { projections }: RebuildOptions,
  live: Trx,
  rebuilt: Trx,
  events: number,
): Effect.fn.Return<Verification, AuditFailure> {
  const perTable: TableCount[] = []
  for (const { name, tables } of projections) {
    for (const table of tables) {
      const comparison = yield* compareTable(table, live, rebuilt)
      if (!comparison.equal) return { equal: false, events, projection: name, difference: comparison.difference }
      perTable.push({ projection: name, table: table.name, rows: comparison.rows })
    }
  }
  return { equal: true, events, perTable }
})
