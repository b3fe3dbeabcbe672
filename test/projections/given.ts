import type { LogEvent } from "#projections/log-event.ts"
import { prepare, type Readable } from "#projections/prepare-steps.ts"
import type { Projection } from "#projections/projection.ts"
import { InMemoryTables } from "./in-memory-tables.ts"

/** The tables after these events, at positions 1, 2, 3, … */
export const given = (projection: Projection, ...events: readonly LogEvent[]): InMemoryTables => {
  const placed = events.map((event, index): Readable => {
    const at = { position: BigInt(index + 1), stream: `stream-${event.type}` }
    return { _tag: "Known", event: { ...event, ...at } }
  })
  const { step, stop } = prepare({ projection, position: 0n, ceiling: null }, placed)
  if (stop !== null) throw new Error(stop.reason)
  const tables = new InMemoryTables()
  tables.apply(step.writes)
  return tables
}
