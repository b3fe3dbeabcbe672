import { readFile } from "node:fs/promises"
import { dirname } from "node:path"
import { jetstreamManager } from "@nats-io/jetstream"
import { connect } from "@nats-io/transport-node"
import { Redis } from "ioredis"
import { MongoClient } from "mongodb"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type ChaosPlatform, startPlatform } from "#test/chaos/platform.ts"
import { PROFILES } from "#test/chaos/profiles.ts"
import { cliJson } from "#test/chaos/resultity-cli.ts"
import { askEverything } from "#test/support/ask-everything.ts"
import { otlpReceiver } from "#test/support/otlp-receiver.ts"
import { foundIn, foundInFolder, foundInPostgres, plantsFor } from "#test/support/planted.ts"
import { eventually } from "#test/support/processes.ts"

describe("what clients say to processes on NATS, Postgres, MongoDB and Redis", () => {
  const said = plantsFor("prompt", "answer", "toolArguments", "toolResult", "embedding", "completion", "instructions", "user", "metadata", "url", "header", "broken", "model", "idempotencyKey")
  let platform: ChaosPlatform
  let receiver: Awaited<ReturnType<typeof otlpReceiver>>
  let plants: Readonly<Record<string, string>> = said
  let namespaceId = ""

  beforeAll(async () => {
    receiver = await otlpReceiver()
    const { env, engines } = PROFILES.nats
    platform = await startPlatform({
      env: { ...env, CONTENT_STORE: "mongo", OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, RESULTITY_LOG_LEVEL: "trace" },
      engines: [...engines, "mongo"], nodeWords: ["--model", "echo:"], say: () => {},
    })
    const key = await cliJson<{ readonly api_key: string; readonly namespace_id: string }>(platform.env, "keys", "create", "--new-namespace", "planted", "--credits", "90000000")
    namespaceId = key.namespace_id
    plants = { ...said, apiKey: key.api_key.split("_")[3] ?? "" }
    const asked = await eventually(async () => {
      const { statuses, text } = await askEverything({ baseUrl: platform.baseUrls[0] ?? "", apiKey: key.api_key, model: "echo", plants })
      expect(statuses.filter((status) => status === 200).length).toBeGreaterThanOrEqual(4)
      return text
    }, 60_000)
    expect(foundIn("answers", asked, { prompt: said.prompt })).toEqual(["prompt in answers"])
  }, 240_000)
  afterAll(async () => {
    await platform.stop()
    await receiver.close()
  }, 60_000)

  it("is in no row of any table", async () => {
    const { found, rows } = await foundInPostgres(platform.env["DATABASE_URL"] ?? "", plants)
    expect(rows).toBeGreaterThan(20)
    expect(found).toEqual([])
  })

  it("is in no message of any stream", async () => {
    const connection = await connect({ servers: platform.env["NATS_URL"] ?? "" })
    const manager = await jetstreamManager(connection)
    let messages = 0
    const found: string[] = []
    for await (const { config: { name }, state } of manager.streams.list()) {
      for (let seq = Math.max(1, state.first_seq); seq <= state.last_seq; seq++) {
        const message = await manager.streams.getMessage(name, { seq })
        if (message === null) continue
        messages++
        found.push(...foundIn(`stream ${name}`, Buffer.concat([Buffer.from(message.subject + String(message.header)), message.data]), plants))
      }
    }
    await connection.close()
    expect(messages).toBeGreaterThan(20)
    expect(found).toEqual([])
  })

  it("is in no document of any collection", async () => {
    const client = await new MongoClient(platform.env["MONGO_URL"] ?? "").connect()
    let documents = 0
    const found: string[] = []
    for (const { name: database } of (await client.db().admin().listDatabases()).databases) {
      for (const { name } of await client.db(database).listCollections().toArray()) {
        for await (const document of client.db(database).collection(name).find({}, { promoteBuffers: true })) {
          documents++
          found.push(...foundIn(`collection ${name}`, textOf(document), plants))
        }
      }
    }
    await client.close()
    expect(documents).toBeGreaterThan(4)
    expect(found).toEqual([])
  })

  it("is in no key of Redis", async () => {
    const redis = new Redis(platform.env["REDIS_URL"] ?? "")
    const keys = await redis.keys("*")
    const values = await Promise.all(keys.map((key) => redis.dumpBuffer(key)))
    await redis.quit()
    expect(keys.length).toBeGreaterThan(0)
    expect(keys.flatMap((key, index) => foundIn(key, Buffer.concat([Buffer.from(key), values[index] ?? Buffer.alloc(0)]), plants))).toEqual([])
  })

  it("is in no log, trace or metric of any process", async () => {
    expect(foundIn("traces", receiver.bodies.join(), plants)).toEqual([])
    expect(receiver.bodies.join()).toContain("/v1/chat/completions")
    expect(platform.roles.flatMap((role) => foundIn(`log of ${role.name}`, role.said(), plants))).toEqual([])
    expect(platform.role("cloud-1").said()).toContain("/v1/chat/completions")
    const { adminToken } = JSON.parse(await readFile(platform.env["SECRETS_FILE"] ?? "", "utf8")) as { readonly adminToken: string }
    for (const role of platform.roles.filter((one) => one.ready()["admin_url"] !== undefined)) {
      const response = await fetch(`${String(role.ready()["admin_url"])}/metrics`, { headers: { authorization: `Bearer ${adminToken}` } })
      expect(foundIn(`metrics of ${role.name}`, await response.text(), plants)).toEqual([])
    }
  })

  it("is in no file of any engine or node", async () => {
    const folder = dirname(platform.env["RESULTITY_HOME"] ?? "")
    expect(await foundInFolder(folder, plants, ["secrets.json"])).toEqual([])
    expect(await foundInFolder(folder, { namespaceId })).not.toEqual([])
  }, 120_000)
})

const textOf = (document: object): string =>
  JSON.stringify(document, (_, value: unknown) => (typeof value === "bigint" ? String(value) : value instanceof Uint8Array ? Buffer.from(value).toString("hex") : value))
