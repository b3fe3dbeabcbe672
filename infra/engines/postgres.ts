import { randomBytes } from "node:crypto"
import { mkdir, readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import pg from "pg"
import { findBinaries } from "../postgres/binaries.ts"
import { initCluster, POSTGRES_USER } from "../postgres/init-cluster.ts"
import { serverState } from "../postgres/postmaster-file.ts"
import { runAs } from "../postgres/run-as.ts"
import { startServer } from "../postgres/start-server.ts"
import { type Engine, type EnginePlace, EngineUnavailable } from "./engine.ts"
import { identityOf, type KnownProcess } from "./process-identity.ts"

const PASSWORD_BYTES = 24

/** The Postgres that the embedded profile brings along, durable, on its own folder. */
export const postgres: Engine = {
  name: "postgres",
  start: async (place) => {
    await mkdir(place.folder, { recursive: true, mode: 0o700 })
    const password = await passwordOf(place.folder)
    const port = await runPostgres(place, password)
    const url = `postgres://${POSTGRES_USER}:${password}@127.0.0.1:${port}/postgres`
    return { what: "PostgreSQL", version: await versionOf(url), url }
  },
}

const runPostgres = async (place: EnginePlace, password: string): Promise<number> => {
  const folder = join(place.folder, "cluster")
  const state = await serverState(folder)
  if (state._tag === "Ready") {
    if (!(await place.isRunning("postgres"))) await place.adopt({ role: "postgres", pid: state.pid, stop: "SIGINT" })
    return state.port
  }
  const binaries = await findBinaries()
  const as = await runAs(folder, [binaries.postgres])
  await initCluster(folder, { binaries, as, password })
  const { child, port } = await startServer({ folder, logFile: join(place.folder, "postgres.log"), binaries, as })
  if (child.pid === undefined) throw new EngineUnavailable({ message: "Postgres started without a pid" })
  await place.adopt({ role: "postgres", pid: child.pid, stop: "SIGINT" })
  return port
}

/** A server whose starter was killed before it could write down the pid. */
export const orphanedPostgres = async (folder: string): Promise<KnownProcess | null> => {
  const state = await serverState(join(folder, "cluster"))
  if (state._tag === "Stopped") return null
  const identity = await identityOf(state.pid)
  return identity === null ? null : { pid: state.pid, identity }
}

/** The folder's cluster keeps the password it was made with. */
const passwordOf = async (folder: string): Promise<string> => {
  const file = join(folder, "password")
  const known = await readFile(file, "utf8").catch(() => null)
  if (known !== null) return known
  const made = randomBytes(PASSWORD_BYTES).toString("hex")
  await writeFile(file, made, { mode: 0o600 })
  return made
}

const versionOf = async (url: string): Promise<string> => {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    const { rows } = await client.query<{ readonly server_version: string }>("show server_version")
    return rows[0]?.server_version ?? "unknown"
  } finally {
    await client.end()
  }
}
