import { MongoClient } from "mongodb"
import { mkdir } from "node:fs/promises"
import { join } from "node:path"
import { runDocumentDb } from "./documentdb.ts"
import { DOCUMENTDB } from "./documentdb-program.ts"
import type { Engine, EnginePlace, RunningEngine } from "./engine.ts"
import { FERRETDB, FERRETDB_VERSION } from "./ferretdb-program.ts"
import { onPath } from "./on-path.ts"

const PROBE_TIMEOUT_MS = 2_000

/** A real `mongod` where one is installed (it is never downloaded), else a stand-in that says what it is. */
export const mongo: Engine = {
  name: "mongo",
  start: async (place) => {
    await mkdir(place.folder, { recursive: true, mode: 0o700 })
    const mongod = onPath("mongod")
    return mongod === null ? startFerretDb(place) : startMongod(place, mongod)
  },
}

const startMongod = async (place: EnginePlace, program: string): Promise<RunningEngine> => {
  const port = await place.port("mongod")
  const data = join(place.folder, "data")
  await mkdir(data, { recursive: true, mode: 0o700 })
  const url = urlOf(port)
  await place.run({
    role: "mongod",
    program,
    args: ["--port", String(port), "--bind_ip", "127.0.0.1", "--dbpath", data],
    stop: "SIGTERM",
    ready: () => mongoVersion(url),
  })
  return { what: "MongoDB", version: await mongoVersion(url), url }
}

/** Two large installs that do not need each other: the slower one counts. */
const startFerretDb = async (place: EnginePlace): Promise<RunningEngine> => {
  const [documentDb, program] = await Promise.all([place.obtain(DOCUMENTDB), place.obtain(FERRETDB)])
  const postgresUrl = await runDocumentDb(place, documentDb)
  const port = await place.port("ferretdb")
  const url = urlOf(port)
  await place.run({
    role: "ferretdb",
    program,
    args: [
      `--postgresql-url=${postgresUrl}`,
      `--listen-addr=127.0.0.1:${port}`,
      "--debug-addr=",
      "--no-auth",
      "--telemetry=disable",
      "--log-level=WARN",
      `--state-dir=${place.folder}`,
    ],
    stop: "SIGTERM",
    ready: () => mongoVersion(url),
  })
  return { what: `FerretDB ${FERRETDB_VERSION} on DocumentDB (not MongoDB)`, version: FERRETDB_VERSION, url }
}

const urlOf = (port: number): string => `mongodb://127.0.0.1:${port}/?directConnection=true`

const mongoVersion = async (url: string): Promise<string> => {
  const client = new MongoClient(url, { serverSelectionTimeoutMS: PROBE_TIMEOUT_MS })
  try {
    const info = await client.db("admin").command({ buildInfo: 1 })
    return String(info["version"])
  } finally {
    await client.close()
  }
}
