import { Effect } from "effect"
import { CompiledQuery } from "kysely"
import { expect, it } from "vitest"
import { readModelDb } from "#infra/postgres/read-models.ts"
import { defineProjection, type Projection } from "#projections/projection.ts"
import { postgresSink } from "#projections/sinks/postgres.ts"
import { defineTable } from "#projections/table-definition.ts"
import { put, type Write } from "#projections/writes.ts"
import { useTestDatabase } from "#test/support/postgres.ts"

const SCHEMA = "read_json"
const papers = defineTable("papers", { key: { id: "text" }, columns: { title: "text", pages: "int", body: "json" }, indexes: [] })
const projection: Projection = defineProjection({ name: "papers", version: 1, tables: [papers], rules: {} })

const database = useTestDatabase()

const bodiesAfter = async (writes: readonly Write[]): Promise<readonly unknown[]> => {
  const db = readModelDb(database().pool)
  const sink = postgresSink(db, SCHEMA)
  await db.executeQuery(CompiledQuery.raw(`drop schema if exists "${SCHEMA}" cascade`))
  await Effect.runPromise(sink.install([projection]))
  await Effect.runPromise(sink.apply([{ projection, from: 0n, to: 1n, writes }]))
  const { rows } = await db.executeQuery(CompiledQuery.raw(`select id, body::text as body from "${SCHEMA}".papers order by id`))
  return rows
}

it("keeps nothing in a column of JSON as JSON's null, whether rows change the same columns or all sorts", async () => {
  const nothing = put(papers, { id: "a" }, { title: "A", body: null })
  const something = put(papers, { id: "b" }, { title: "B", body: { lines: [null, 1] } })
  const kept = [{ id: "a", body: "null" }, { id: "b", body: '{"lines": [null, 1]}' }]
  expect(await bodiesAfter([nothing, something])).toEqual(kept)
  const others = [put(papers, { id: "c" }, { pages: 1 }), put(papers, { id: "d" }, { pages: 1, title: "D" })]
  expect(await bodiesAfter([nothing, something, ...others])).toEqual([...kept, { id: "c", body: "null" }, { id: "d", body: "null" }])
})
