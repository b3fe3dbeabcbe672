import { Effect } from "effect"
import fc from "fast-check"
import { expect, test } from "vitest"
import type { RecordedEvent } from "#domain/kernel/envelope.ts"
import { applyEvents } from "#projections/apply-events.ts"
import { type Cursor, type Readable, prepare, readable } from "#projections/prepare-steps.ts"
import { readModels } from "#projections/read-models.ts"
import { fakeSink } from "./fake-sink.ts"
import { InMemoryTables } from "./in-memory-tables.ts"
import { workload } from "./workload.ts"
import { type Pick } from "./workload-world.ts"

const tables = readModels.flatMap((projection) => projection.tables)

/** A workload of whatever numbers fast-check draws. */
const histories = fc
  .array(fc.nat(), { minLength: 40, maxLength: 1_200, size: "max" })
  .map((numbers): readonly RecordedEvent[] => {
    let next = 0
    const pick: Pick = (n) => (numbers[next++ % numbers.length] ?? 0) % n
    return workload(pick, Math.floor(numbers.length / 4), 2)
  })

const cuts = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 20 })

const batchesOf = (events: readonly Readable[], sizes: readonly number[]): readonly (readonly Readable[])[] => {
  const batches: (readonly Readable[])[] = []
  for (let from = 0; from < events.length; ) {
    const size = sizes[batches.length % sizes.length] ?? 1
    batches.push(events.slice(from, from + size))
    from += size
  }
  return batches
}

/** One event, one write after the other: no folding. */
const oneByOne = (events: readonly Readable[]): InMemoryTables => {
  const plain = new InMemoryTables()
  for (const projection of readModels) plain.apply(prepare({ projection, position: 0n, ceiling: null }, events).step.writes)
  return plain
}

const projectIn = async (batches: readonly (readonly Readable[])[]) => {
  const fake = fakeSink()
  await Effect.runPromise(fake.sink.install(readModels))
  let cursors: readonly Cursor[] = readModels.map((projection) => ({ projection, position: 0n, ceiling: null }))
  for (const batch of batches) {
    const { advanced } = await Effect.runPromise(applyEvents(fake.sink, cursors, batch))
    cursors = cursors.map((cursor) => ({ ...cursor, position: advanced.get(cursor.projection.name) ?? cursor.position }))
  }
  return fake
}

test("rows do not depend on where the history was cut into batches", async () => {
  let events = 0
  await fc.assert(
    fc.asyncProperty(histories, cuts, async (history, sizes) => {
      const decoded = history.map(readable)
      events += decoded.length
      const { tables: rows } = await projectIn(batchesOf(decoded, sizes))
      expect(rows.all(tables)).toEqual(oneByOne(decoded).all(tables))
    }),
    { numRuns: 60 },
  )
  expect(events).toBeGreaterThan(1_000)
})

test("the same batch again, from the same checkpoints, is refused and changes nothing", async () => {
  await fc.assert(
    fc.asyncProperty(histories, async (history) => {
      fc.pre(history.length > 0)
      const decoded = history.map(readable)
      const { sink, tables: rows } = await projectIn([decoded])
      const before = rows.all(tables)
      const again = readModels.map((projection) => ({ projection, position: 0n, ceiling: null }))
      const outcome = await Effect.runPromise(applyEvents(sink, again, decoded))
      expect(outcome.moved).toEqual(readModels.map(({ name }) => name))
      expect(rows.all(tables)).toEqual(before)
    }),
    { numRuns: 20 },
  )
})
