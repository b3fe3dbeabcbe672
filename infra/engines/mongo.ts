import { MongoClient } from "mongodb"
import { mkdir } from "node:fs/promises"
import { join } from "node:path"
import { type Engine, type EnginePlace, EngineUnavailable, type RunningEngine } from "./engine.ts"
import { onPath } from "./on-path.ts"

const PROBE_TIMEOUT_MS = 2_000

/** A real `mongod` where one is installed; it is never downloaded. */
export const mongo: Engine = {
  name: "mongo",
  start: async (place) => {
    const mongod = onPath("mongod")
    if (mongod === null) throw new EngineUnavailable({ message: "no mongod on the PATH" })
    return startMongod(place, mongod)
  },
}

const startMongod = async (place: EnginePlace, program: string): Promise<RunningEngine> => {
  const port = await place.port("mongod")
  const data = join(place.folder, "data")
  await mkdir(data, { recursive: true, mode: 0o700 })
  const url = `mongodb://127.0.0.1:${port}/?directConnection=true`
  await place.run({
    role: "mongod",
    program,
    args: ["--port", String(port), "--bind_ip", "127.0.0.1", "--dbpath", data],
    ready: () => mongoVersion(url),
  })
  return { what: "MongoDB", version: await mongoVersion(url), url }
}

const mongoVersion = async (url: string): Promise<string> => {
  const client = new MongoClient(url, { serverSelectionTimeoutMS: PROBE_TIMEOUT_MS })
  try {
    const info = await client.db("admin").command({ buildInfo: 1 })
    return String(info["version"])
  } finally {
    await client.close()
  }
}
