import { Effect } from "effect"
import fc from "fast-check"
import { expect, test } from "vitest"
import { prepare, readable } from "#projections/prepare-steps.ts"
import type { Projection } from "#projections/projection.ts"
import { readModels } from "#projections/read-models.ts"
import { defineLines, defineTable } from "#projections/table-definition.ts"
import { add, append, put, remove, type Write } from "#projections/writes.ts"
import { fakeSink } from "./fake-sink.ts"
import { InMemoryTables } from "./in-memory-tables.ts"
import { seeded, workload } from "./workload.ts"

const rows = defineTable("rows", { key: { id: "text" }, columns: { a: "int", b: "int?", c: "text" }, indexes: [] })
const lines = defineLines(
  "lines",
  { key: { group: "text", position: "int" }, columns: { amount: "int", total: "int" }, indexes: [] },
  { amount: "amount", total: "total" },
)
const projection: Projection = { name: "any", version: 1, tables: [rows, lines], handles: () => true, project: () => [] }

const ids = fc.constantFrom("x", "y")
const amounts = fc.bigInt({ min: -2n, max: 2n })
const oneWrite: fc.Arbitrary<(position: number) => Write> = fc.oneof(
  fc.tuple(ids, amounts).map(([id, a]) => () => put(rows, { id }, { a })),
  fc.tuple(ids, fc.option(amounts), ids).map(([id, b, c]) => () => put(rows, { id }, { b, c })),
  fc.tuple(ids, amounts).map(([id, a]) => () => add(rows, { id }, { a })),
  ids.map((id) => () => remove(rows, { id })),
  fc.tuple(ids, amounts).map(([group, amount]) => (position: number) => append(lines, { group, position }, { amount })),
)

test("folded writes leave what the same writes leave one by one", () => {
  fc.assert(
    fc.property(fc.array(oneWrite, { maxLength: 12, size: "max" }), fc.nat(12), (script, cut) => {
      const writes = script.map((write, index) => write(index + 1))
      const plain = new InMemoryTables()
      plain.apply(writes)
      const fake = fakeSink()
      Effect.runSync(fake.sink.install([projection]))
      Effect.runSync(fake.sink.apply([{ projection, from: 0n, to: 1n, writes: writes.slice(0, cut) }]))
      Effect.runSync(fake.sink.apply([{ projection, from: 1n, to: 2n, writes: writes.slice(cut) }]))
      expect(fake.tables.all(projection.tables)).toEqual(plain.all(projection.tables))
    }),
    { numRuns: 2_000 },
  )
})

test("events up to a projection's position mean nothing to it any more, events above its ceiling nothing yet", () => {
  const events = workload(seeded(3), 200).map(readable)
  for (const one of readModels) {
    const all = prepare({ projection: one, position: 0n, ceiling: null }, events).step
    const early = prepare({ projection: one, position: 0n, ceiling: 50n }, events).step
    const late = prepare({ projection: one, position: 50n, ceiling: null }, events).step
    expect([early.to, late.to]).toEqual([50n, BigInt(events.length)])
    expect([...early.writes, ...late.writes]).toEqual(all.writes)
  }
})
