import { type Db, MongoBulkWriteError, MongoClient, MongoServerError } from "mongodb"
import { Data } from "effect"

const SERVER_SELECTION_TIMEOUT_MS = 2_000
const CONNECT_TIMEOUT_MS = 5_000
const SOCKET_TIMEOUT_MS = 20_000
const MAX_POOL_CONNECTIONS = 20
/** How long a write waits for the majority; after that nobody knows whether it will be there. */
const MAJORITY_TIMEOUT_MS = 10_000
/** Update pipelines, `$jsonSchema`, majority reads: what the adapters use, on a version that is still maintained. */
const OLDEST_MAJOR = 6
const DEFAULT_DATABASE = "resultity"
const AUTHENTICATION_FAILED = 18

/** MongoDB could not be used at start; `reason` says what to do. */
export class MongoCannotStart extends Data.TaggedError("MongoCannotStart")<{ readonly reason: string }> {}

export interface MongoServer {
  /** Named for what it is: `MongoDB 8.0.4`, `FerretDB 2.7.0 (not MongoDB)`. */
  readonly what: string
  readonly kind: "mongodb" | "ferretdb"
  /** A replica set or a cluster: majority means more than one. */
  readonly replicated: boolean
}

export interface MongoLink {
  readonly db: Db
  readonly server: MongoServer
  /** Rejects when the server does not answer. */
  readonly ping: () => Promise<unknown>
  readonly close: () => Promise<void>
}

/**
 * A pool of connections to the database that the URL names. Everything that is acknowledged is in the journal of a majority, and
 * everything that is read was. Throws `MongoCannotStart`.
 */
export const openMongo = async (url: string, { name }: { readonly name: string }): Promise<MongoLink> => {
  const client = new MongoClient(url, {
    appName: name,
    serverSelectionTimeoutMS: SERVER_SELECTION_TIMEOUT_MS,
    connectTimeoutMS: CONNECT_TIMEOUT_MS,
    socketTimeoutMS: SOCKET_TIMEOUT_MS,
    maxPoolSize: MAX_POOL_CONNECTIONS,
    writeConcern: { w: "majority", journal: true, wtimeoutMS: MAJORITY_TIMEOUT_MS },
    readConcern: { level: "majority" },
    readPreference: "primary",
    ignoreUndefined: false,
  })
  try {
    await client.connect()
    const server = await identify(client)
    const named = new URL(url).pathname.slice(1)
    const db = client.db(named === "" ? DEFAULT_DATABASE : named)
    return { db, server, ping: () => db.command({ ping: 1 }), close: () => client.close() }
  } catch (cause) {
    await client.close()
    throw cause instanceof MongoCannotStart ? cause : new MongoCannotStart({ reason: explain(cause) })
  }
}

const identify = async (client: MongoClient): Promise<MongoServer> => {
  const admin = client.db("admin")
  const [build, hello] = await Promise.all([admin.command({ buildInfo: 1 }), admin.command({ hello: 1 })])
  const version = String(build["version"])
  const ferret: unknown = build["ferretdb"]
  if (typeof ferret === "object" && ferret !== null && "version" in ferret) {
    return { what: `FerretDB ${String(ferret.version).replace(/^v/, "")} (not MongoDB)`, kind: "ferretdb", replicated: false }
  }
  if (Number.parseInt(version, 10) < OLDEST_MAJOR) {
    throw new MongoCannotStart({ reason: `MongoDB ${version} is too old: use ${OLDEST_MAJOR}.0 or newer` })
  }
  return { what: `MongoDB ${version}`, kind: "mongodb", replicated: "setName" in hello || hello["msg"] === "isdbgrid" }
}

const explain = (cause: unknown): string =>
  cause instanceof MongoServerError && cause.code === AUTHENTICATION_FAILED
    ? `the server refuses the user or password in MONGO_URL: ${cause.message}`
    : `cannot be reached, check MONGO_URL and that the server runs: ${reasonOf(cause)}`

/** For a tagged error's `reason`: the kind of failure, never the data. */
export const reasonOf = (cause: unknown): string => {
  if (cause instanceof MongoBulkWriteError && cause.errorResponse instanceof Error) return reasonOf(cause.errorResponse)
  if (cause instanceof MongoServerError) return `${cause.code ?? "?"} ${cause.codeName ?? cause.name}`
  return cause instanceof Error ? cause.message || cause.name : String(cause)
}
