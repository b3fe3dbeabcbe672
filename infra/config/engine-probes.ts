import { Data } from "effect"
import type { PlatformConfig } from "./platform-config.ts"

/** An engine that this configuration uses, asked what it is. */
export interface ProbedEngine {
  readonly engine: string
  readonly url: string
  /** Name and version by its own word, or why it could not be asked. */
  readonly answer: { readonly ok: true; readonly what: string } | { readonly ok: false; readonly reason: string }
}

class ProbeTimeout extends Data.TaggedError("ProbeTimeout")<{ readonly message: string }> {}

const PROBE_TIMEOUT_MS = 5_000

type Probe = (url: string, config: PlatformConfig) => Promise<string>

const postgres: Probe = async (url) => {
  const { default: pg } = await import("pg")
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: PROBE_TIMEOUT_MS })
  client.on("error", () => {})
  await client.connect()
  try {
    const { rows } = await client.query<{ readonly server_version: string }>("show server_version")
    return `PostgreSQL ${rows[0]?.server_version}`
  } finally {
    await client.end()
  }
}

const nats: Probe = async (url, { natsCredentials }) => {
  const [{ connect }, { natsIdentity }] = await Promise.all([import("@nats-io/transport-node"), import("../nats/accounts/credentials-file.ts")])
  const identity = await natsIdentity(natsCredentials)
  const connection = await connect({ servers: url.split(","), timeout: PROBE_TIMEOUT_MS, reconnect: false, ...identity })
  const { version, jetstream, cluster } = connection.info ?? { version: "unknown", jetstream: false, cluster: undefined }
  await connection.close()
  return `NATS ${version}${jetstream === true ? " with JetStream" : " without JetStream"}${cluster === undefined ? "" : `, cluster ${cluster}`}`
}

const redis: Probe = async (url) => {
  const { Redis } = await import("ioredis")
  const client = new Redis(url, { lazyConnect: true, connectTimeout: PROBE_TIMEOUT_MS, retryStrategy: () => null })
  // What a failed command says ("connection is closed") is not why.
  let why: Error | null = null
  client.on("error", (cause) => (why = cause))
  try {
    await client.connect()
    return `Redis ${/^redis_version:(\S+)/m.exec(await client.info("server"))?.[1]}`
  } catch (cause) {
    throw why ?? cause
  } finally {
    client.disconnect()
  }
}

const rabbitmq: Probe = async (url) => {
  const { connect } = await import("amqplib")
  const connection = await connect(url, { timeout: PROBE_TIMEOUT_MS })
  const { product, version } = connection.connection.serverProperties
  await connection.close()
  return `${product} ${version}`
}

const mongo: Probe = async (url) => {
  const { MongoClient } = await import("mongodb")
  const client = new MongoClient(url, { serverSelectionTimeoutMS: PROBE_TIMEOUT_MS })
  try {
    const info = await client.db().admin().command({ buildInfo: 1 })
    const ferret: unknown = info["ferretdb"]
    return ferret === undefined ? `MongoDB ${info["version"]}` : `FerretDB (not MongoDB), speaks ${info["version"]}`
  } finally {
    await client.close()
  }
}

const eventstoredb: Probe = async (url) => {
  const { EventStoreDBClient } = await import("@eventstore/db-client")
  const client = EventStoreDBClient.connectionString(url)
  try {
    for await (const _ of client.readAll({ maxCount: 1 })) break
    return "EventStoreDB"
  } finally {
    await client.dispose()
  }
}

/** Asks every engine that the configuration uses; in parallel, each at most `PROBE_TIMEOUT_MS`. */
export const probeEngines = (config: PlatformConfig): Promise<readonly ProbedEngine[]> => {
  const { eventStore, bus, jobStream, contentStore, hotState } = config
  const used = [
    { engine: "postgres", url: config.databaseUrl, probe: postgres, used: true },
    { engine: "nats", url: config.natsUrl, probe: nats, used: [eventStore, bus, jobStream].includes("nats") },
    { engine: "eventstoredb", url: config.eventstoreUrl, probe: eventstoredb, used: eventStore === "eventstoredb" },
    { engine: "rabbitmq", url: config.rabbitmqUrl, probe: rabbitmq, used: jobStream === "rabbitmq" },
    { engine: "mongo", url: config.mongoUrl, probe: mongo, used: contentStore === "mongo" },
    { engine: "redis", url: config.redisUrl, probe: redis, used: hotState === "redis" },
  ]
  const asked = used.flatMap(({ engine, url, probe, used: isUsed }) => (isUsed && url !== null ? [{ engine, url, probe }] : []))
  return Promise.all(asked.map(async ({ engine, url, probe }) => ({ engine, url, answer: await answerOf(probe(url, config)) })))
}

const answerOf = (probe: Promise<string>): Promise<ProbedEngine["answer"]> => {
  const { promise: late, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new ProbeTimeout({ message: `no answer within ${PROBE_TIMEOUT_MS / 1_000} s` })), PROBE_TIMEOUT_MS)
  return Promise.race([probe, late])
    .then((what) => ({ ok: true as const, what }))
    .catch((cause: unknown) => ({ ok: false as const, reason: cause instanceof Error ? cause.message || cause.name : String(cause) }))
    .finally(() => clearTimeout(timer))
}
