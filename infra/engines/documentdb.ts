import { existsSync } from "node:fs"
import { chown, mkdir, readFile, rename, rm } from "node:fs/promises"
import { join } from "node:path"
import pg from "pg"
import { DOCUMENTDB_BIN } from "./documentdb-program.ts"
import { type EnginePlace, EngineUnavailable } from "./engine.ts"
import { runTool } from "./run-tool.ts"

const INITDB_TIMEOUT_MS = 120_000
/** Where the data folder appears to programs inside. */
const DATA_INSIDE = "/srv"

const SETTINGS: Readonly<Record<string, string>> = {
  listen_addresses: "127.0.0.1",
  unix_socket_directories: "",
  shared_preload_libraries: "pg_cron,pg_documentdb_core,pg_documentdb",
  "cron.database_name": "postgres",
  // It looks for work every two seconds and would say so each time.
  "cron.log_run": "off",
  "cron.log_statement": "off",
  log_min_messages: "warning",
  shared_buffers: "64MB",
  max_connections: "60",
}

/**
 * PostgreSQL with DocumentDB inside its own little Debian, with the data in the engine's folder. Resolves with the URL for FerretDB. Whoever
 * reaches the loopback interface is let in: it is for tests, and FerretDB before it lets everybody in as well.
 */
export const runDocumentDb = async (place: EnginePlace, program: string): Promise<string> => {
  const root = program.slice(0, program.length - join("/", DOCUMENTDB_BIN, "postgres").length)
  const data = join(place.folder, "documentdb")
  if (!existsSync(data)) await makeCluster(root, data, place)
  const port = await place.port("documentdb")
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`
  const settings = Object.entries({ ...SETTINGS, port: String(port) }).flatMap(([name, value]) => ["-c", `${name}=${value}`])
  const [command = "", ...args] = inside(root, data, ["postgres", "-D", DATA_INSIDE, ...settings])
  await place.run({ role: "documentdb", program: command, args, stop: "SIGINT", ready: () => query(url, "select 1") })
  await query(url, "create extension if not exists documentdb cascade")
  return url
}

/** Built beside and renamed, so that a killed start leaves nothing half done. */
const makeCluster = async (root: string, data: string, { interrupted }: EnginePlace): Promise<void> => {
  const building = `${data}.new`
  await rm(building, { recursive: true, force: true })
  await mkdir(building, { mode: 0o700 })
  const owner = await postgresAccount(root)
  await chown(building, owner.uid, owner.gid)
  const [command = "", ...args] = inside(root, building, ["initdb", "-D", DATA_INSIDE, "--auth=trust", "--encoding=UTF8", "--locale=C", "-N"])
  const made = await runTool(command, args, { interrupted, timeoutMs: INITDB_TIMEOUT_MS })
  if (made._tag === "Failed") throw new EngineUnavailable({ message: `initdb of DocumentDB failed: ${made.why}` })
  await rename(building, data)
}

/**
 * The command as it is run inside `root`, by the account that Postgres has there. The mounts are in a namespace of its own, so that they go
 * when the server goes, even when it is killed; the process keeps the pid that it is started with.
 */
const inside = (root: string, data: string, [program = "", ...words]: readonly string[]): readonly string[] => {
  const script = [
    `mount --bind "$2" "$1${DATA_INSIDE}"`,
    `mount -t proc proc "$1/proc"`,
    `mount -t tmpfs tmpfs "$1/dev/shm"`,
    `root="$1"; shift 2`,
    `exec chroot --userspec=postgres:postgres "$root" "$@"`,
  ].join(" && ")
  return ["unshare", "--mount", "sh", "-c", script, "sh", root, data, `/${DOCUMENTDB_BIN}/${program}`, ...words]
}

const postgresAccount = async (root: string): Promise<{ readonly uid: number; readonly gid: number }> => {
  const accounts = await readFile(join(root, "etc", "passwd"), "utf8")
  const [, uid, gid] = /^postgres:[^:]*:(\d+):(\d+):/m.exec(accounts) ?? []
  if (uid === undefined || gid === undefined) throw new EngineUnavailable({ message: `${root} has no account for Postgres: delete that folder` })
  return { uid: Number(uid), gid: Number(gid) }
}

const query = async (url: string, statement: string): Promise<void> => {
  const client = new pg.Client({ connectionString: url })
  client.on("error", () => {})
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}
