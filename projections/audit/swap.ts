import { Effect } from "effect"
import type { Position } from "#domain/kernel/envelope.ts"
import type { ProjectionSink } from "../ports/projection-sink.ts"
import type { Projection } from "../projection.ts"
import { LIVE_SCHEMA, type ReadDb } from "../read-db.ts"
import { SCRATCH_SCHEMA } from "./scratch.ts"
import { inTransaction, query, type Trx } from "./transaction.ts"

/**
 * Puts the scratch tables in the place of the live ones, checkpoints included, in one transaction. It first locks the live
 * checkpoints, so that no projector moves on, and lets `finish` bring the scratch tables at least as far: readers never go back.
 */
export const swapIn = <A, E>(
  db: ReadDb,
  projections: readonly Projection[],
  scratch: ProjectionSink,
  finish: (live: ReadonlyMap<string, Position>) => Effect.Effect<A, E>,
) =>
  inTransaction(
    () => db.startTransaction().execute(),
    Effect.fnUntraced(function* (trx) {
      const finished = yield* finish(yield* lockCheckpoints(trx, projections))
      const positions = yield* scratch.positions(projections)
      for (const { name, version, tables } of projections) {
        for (const table of tables) {
          yield* query(trx, `drop table if exists "${LIVE_SCHEMA}"."${table.name}"`)
          yield* query(trx, `alter table "${SCRATCH_SCHEMA}"."${table.name}" set schema "${LIVE_SCHEMA}"`)
        }
        const checkpoints = `"${LIVE_SCHEMA}"."checkpoints"`
        const position = String(positions.get(name) ?? 0n)
        yield* query(trx, `delete from ${checkpoints} where "name" = $1 and "version" <> $2`, [name, version])
        yield* query(
          trx,
          `insert into ${checkpoints} ("name", "version", "position") values ($1, $2, $3) ` +
            `on conflict ("name", "version") do update set "position" = excluded."position"`,
          [name, version, position],
        )
      }
      return finished
    }),
  )

/** Positions of the live projections of any version, none of which can move until the transaction ends. */
const lockCheckpoints = Effect.fnUntraced(function* (trx: Trx, projections: readonly Projection[]) {
  const sql =
    `select "name", "position" from "${LIVE_SCHEMA}"."checkpoints" ` +
    `where "name" = any($1::text[]) order by "name", "version" for update`
  const rows = yield* query<{ readonly name: string; readonly position: bigint }>(trx, sql, [projections.map(({ name }) => name)])
  return new Map(rows.map((row) => [row.name, row.position]))
})
