import { Effect } from "effect"
import { CompiledQuery, type Transaction } from "kysely"
import type { Position } from "#domain/kernel/envelope.ts"
import type { Projection } from "../projection.ts"
import { CheckpointMoved, type ProjectionSink, SinkUnavailable, type Step, WritesRefused } from "../ports/projection-sink.ts"
import type { ReadDb, ReadTables } from "../read-db.ts"
import type { Values } from "../writes.ts"
import { checkpoints } from "./checkpoint-table.ts"
import { lastTotals, lineStatement, rowStatements, type Statement } from "./flush-statements.ts"
import { foldWrites, type TableChange } from "./fold-writes.ts"
import { install } from "./install.ts"
import { rowsJson } from "./sql-json.ts"

type Trx = Transaction<ReadTables>

/**
 * Rows and checkpoint are lost together or not at all, and the log still has what they came from: no need to wait for the disk. And
 * each look-up is a few rows by index, however stale the statistics of a table that grows this fast are.
 */
const SETTINGS =
  "select set_config(name, 'off', true) from " +
  "unnest(array['synchronous_commit', 'enable_seqscan', 'enable_hashjoin', 'enable_mergejoin']) as name"

/** Read models in one schema of Postgres: rows and checkpoints of a batch in one transaction. */
export const postgresSink = (db: ReadDb, schema: string): ProjectionSink => ({
  install: (projections) => Effect.tryPromise({ try: () => install(db, schema, projections), catch: unavailable }),
  positions: (projections) => Effect.tryPromise({ try: () => positions(db, schema, projections), catch: unavailable }),
  apply: (steps) => Effect.tryPromise({ try: () => apply(db, schema, steps), catch: failureOf }),
})

const apply = (db: ReadDb, schema: string, steps: readonly Step[]): Promise<void> =>
  db.transaction().execute(async (trx) => {
    await trx.executeQuery(CompiledQuery.raw(SETTINGS))
    await moveCheckpoints(trx, schema, steps)
    for (const change of foldWrites(steps.flatMap((step) => step.writes))) await flush(trx, schema, change)
  })

const moveCheckpoints = async (trx: Trx, schema: string, steps: readonly Step[]): Promise<void> => {
  const moves = steps.map(({ projection: { name, version }, from, to }) => ({ name, version, from, to }))
  const sql =
    `update "${schema}"."${checkpoints.name}" as target set "position" = given."to" ` +
    `from json_to_recordset($1::json) as given ("name" text, "version" bigint, "from" bigint, "to" bigint) ` +
    `where target."name" = given."name" and target."version" = given."version" and target."position" = given."from" ` +
    `returning target."name" as "name"`
  const { rows } = await execute<{ readonly name: string }>(trx, { sql, rows: moves })
  if (rows.length === steps.length) return
  const moved = new Set(rows.map((row) => row.name))
  throw new CheckpointMoved({ names: moves.map((move) => move.name).filter((name) => !moved.has(name)) })
}

const flush = async (trx: Trx, schema: string, change: TableChange): Promise<void> => {
  for (const statement of rowStatements(change, schema)) await execute(trx, statement)
  const { table, lines } = change
  if (lines.length === 0) return
  const last = await execute<Values & { readonly total: bigint }>(trx, lastTotals(table, schema, lines))
  await execute(trx, lineStatement(table, schema, lines, last.rows))
}

const execute = <Row>(trx: Trx, { sql, rows }: Statement) => trx.executeQuery<Row>(CompiledQuery.raw(sql, [rowsJson(rows)]))

const positions = async (
  db: ReadDb,
  schema: string,
  projections: readonly Projection[],
): Promise<ReadonlyMap<string, Position>> => {
  const { rows: found } = await db.executeQuery<{ readonly there: boolean }>(
    CompiledQuery.raw(`select to_regclass('"${schema}"."${checkpoints.name}"') is not null as there`),
  )
  if (found[0]?.there !== true) return new Map()
  const rows = await db.withSchema(schema).selectFrom("checkpoints").selectAll().execute()
  const known = rows.filter((row) => projections.some((one) => one.name === row.name && BigInt(one.version) === row.version))
  return new Map(known.map((row) => [row.name, row.position]))
}

/** Bad data, broken constraints and missing tables stay so, however often it is tried. */
const REFUSALS = /^(22|23|42)/

const failureOf = (cause: unknown): CheckpointMoved | WritesRefused | SinkUnavailable => {
  if (cause instanceof CheckpointMoved) return cause
  return REFUSALS.test(sqlState(cause)) ? new WritesRefused({ reason: reasonOf(cause) }) : unavailable(cause)
}

const sqlState = (cause: unknown): string =>
  typeof cause === "object" && cause !== null && "code" in cause && typeof cause.code === "string" ? cause.code : ""

const reasonOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause))

const unavailable = (cause: unknown): SinkUnavailable => new SinkUnavailable({ reason: reasonOf(cause) })
