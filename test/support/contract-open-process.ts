import { openPostgres } from "#infra/postgres/embedded.ts"

/** Opens the embedded Postgres of a folder, says so as JSON, and closes it when stdin ends. Words: folder, password. */
const [dataDir = "", password = ""] = process.argv.slice(2)

const opened = await openPostgres({ dataDir, password, log: () => {} })
process.stdout.write(`${JSON.stringify({ url: opened.url, startedHere: opened.startedHere })}\n`)
process.stdin.resume().once("end", () => void opened.close())
