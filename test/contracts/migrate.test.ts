import { describe, expect, it } from "vitest"
import { migrate, SchemaTooNew } from "#infra/postgres/migrate.ts"
import { useTestDatabase } from "#test/support/postgres.ts"

describe("migrating the database", () => {
  const database = useTestDatabase()

  it("brings an empty database up once, however many processes do it at the same time", async () => {
    const { pool } = database()
    await pool.query("drop schema log cascade; drop schema content cascade; drop schema webhooks cascade; drop table schema_migrations")
    await Promise.all(Array.from({ length: 5 }, () => migrate(pool)))
    const { rows } = await pool.query("select version from schema_migrations order by version")
    expect(rows).toEqual([{ version: 1 }, { version: 2 }, { version: 3 }, { version: 4 }])
  })

  it("changes nothing when the database is up to date", async () => {
    const { pool } = database()
    await pool.query("insert into content.data_keys (namespace_id, key_id, wrapped) values ('ns_1', gen_random_uuid(), '')")
    await migrate(pool)
    const { rows } = await pool.query("select namespace_id from content.data_keys")
    expect(rows).toEqual([{ namespace_id: "ns_1" }])
  })

  it("refuses a database that a newer program has used, and leaves no lock behind", async () => {
    const { pool } = database()
    await pool.query("insert into schema_migrations (version, name) values (9000, 'from the future')")
    await expect(migrate(pool)).rejects.toEqual(new SchemaTooNew({ found: 9_000, known: 4 }))
    await pool.query("delete from schema_migrations where version = 9000")
    await migrate(pool)
  })
})
