import { openPostgresLog } from "#infra/postgres/event-log.ts"
import { openPool } from "#infra/postgres/pool.ts"
import { commitOf, newStream, run } from "./contract-events.ts"

/** Appends on many streams at once and prints the id of each event once its append succeeded. Words: url, writers, rounds. */
const [url = "", writers = "1", rounds = "1"] = process.argv.slice(2)

const pool = openPool(url)
const log = openPostgresLog(pool)
await Promise.all(
  Array.from({ length: Number(writers) }, async () => {
    const stream = newStream()
    for (let round = 0; round < Number(rounds); round++) {
      const commit = commitOf(stream, round - 1)
      await run(log.store.append(commit))
      process.stdout.write(`${commit.events[0]?.id}\n`)
    }
  }),
)
await log.close()
await pool.end()
