import { Effect } from "effect"
import type { Position } from "#domain/kernel/envelope.ts"
import type { Projection } from "#projections/projection.ts"
import { CheckpointMoved, type ProjectionSink, type Step, WritesRefused } from "#projections/ports/projection-sink.ts"
import { foldWrites, type RowChange } from "#projections/sinks/fold-writes.ts"
import type { Table } from "#projections/table-definition.ts"
import type { Write } from "#projections/writes.ts"
import { InMemoryTables } from "./in-memory-tables.ts"

/** A sink in memory that folds batches as the one on Postgres does. It refuses writes for which `refuses` says so. */
export const fakeSink = (refuses: (write: Write) => boolean = () => false) => {
  const tables = new InMemoryTables()
  const checkpoints = new Map<string, Position>()
  const applied: (readonly Step[])[] = []

  const install = (projections: readonly Projection[]) =>
    Effect.sync(() => {
      for (const { name } of projections) if (!checkpoints.has(name)) checkpoints.set(name, 0n)
    })

  const applyNow = (steps: readonly Step[]): Effect.Effect<void, CheckpointMoved | WritesRefused> => {
    const moved = steps.filter(({ projection, from }) => checkpoints.get(projection.name) !== from)
    if (moved.length > 0) return Effect.fail(new CheckpointMoved({ names: moved.map(({ projection }) => projection.name) }))
    const writes = steps.flatMap((step) => step.writes)
    if (writes.some(refuses)) return Effect.fail(new WritesRefused({ reason: "does not fit" }))
    return Effect.sync(() => {
      applied.push(steps)
      for (const { projection, to } of steps) checkpoints.set(projection.name, to)
      for (const { table, rows, lines } of foldWrites(writes)) {
        for (const row of rows) tables.apply(writesOf(table, row))
        tables.apply(lines.map(({ key, columns }): Write => ({ kind: "append", table, key, columns })))
      }
    })
  }

  const apply: ProjectionSink["apply"] = (steps) => Effect.suspend(() => applyNow(steps))
  const sink: ProjectionSink = { install, apply, positions: () => Effect.sync(() => new Map(checkpoints)) }
  return { sink, tables, checkpoints, applied }
}

const writesOf = (table: Table, { key, removed, present, set, add }: RowChange): readonly Write[] => [
  ...(removed ? [{ kind: "remove", table, key } as const] : []),
  ...(present ? [{ kind: "put", table, key, columns: set } as const, { kind: "add", table, key, columns: add } as const] : []),
]
