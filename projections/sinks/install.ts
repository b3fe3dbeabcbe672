import { CompiledQuery } from "kysely"
import type { Projection } from "../projection.ts"
import type { ReadDb } from "../read-db.ts"
import { createStatements } from "../table-definition.ts"
import { checkpoints } from "./checkpoint-table.ts"

/** Any constant; other users of the database must not use the same. */
const INSTALL_LOCK = 6_172_839_403

/**
 * Makes what is missing in `schema`: tables and a checkpoint at the start of the log per projection. A projection without a checkpoint
 * of its version gets fresh tables, so that no version ever adds to the rows of another. One process at a time.
 */
export const install = (db: ReadDb, schema: string, projections: readonly Projection[]): Promise<void> =>
  db.transaction().execute(async (trx) => {
    const run = (sql: string) => trx.executeQuery(CompiledQuery.raw(sql))
    await run(`select pg_advisory_xact_lock(${INSTALL_LOCK})`)
    await run(`create schema if not exists "${schema}"`)
    for (const statement of createStatements(checkpoints, schema)) await run(statement)
    const there = await trx.withSchema(schema).selectFrom("checkpoints").select(["name", "version"]).execute()
    for (const { name, version, tables } of projections) {
      if (there.some((row) => row.name === name && row.version === BigInt(version))) continue
      for (const table of tables) await run(`drop table if exists "${schema}"."${table.name}"`)
      for (const statement of tables.flatMap((table) => createStatements(table, schema))) await run(statement)
      await trx.withSchema(schema).deleteFrom("checkpoints").where("name", "=", name).execute()
      await trx
        .withSchema(schema)
        .insertInto("checkpoints")
        .values({ name, version: BigInt(version), position: 0n })
        .execute()
    }
  })
