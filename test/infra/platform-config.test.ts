import { Result } from "effect"
import { describe, expect, it } from "vitest"
import { maskedUrl } from "#infra/config/masked-url.ts"
import { readConfig, sharedOrNot } from "#infra/config/platform-config.ts"
import { SETTINGS } from "#infra/config/settings.ts"

const config = (environment: Readonly<Record<string, string>>) => Result.getOrThrow(readConfig(environment))
const problems = (environment: Readonly<Record<string, string>>): readonly string[] => {
  const read = readConfig(environment)
  return Result.isFailure(read) ? read.failure : []
}

describe("the platform's configuration", () => {
  it("without a variable is the embedded profile", () => {
    expect(config({})).toMatchObject({
      environment: "testnet", eventStore: "postgres", bus: "memory", jobStream: "memory", contentStore: "postgres", hotState: "memory",
      natsReplicas: 1, databaseUrl: null, secretsFile: null,
    })
    expect(config({ EVENT_STORE: "", NATS_URL: "" })).toEqual(config({}))
  })

  it("takes every engine with its address", () => {
    const distributed = config({
      EVENT_STORE: "nats", BUS: "nats", JOB_STREAM: "rabbitmq", CONTENT_STORE: "mongo", HOT_STATE: "redis", NATS_REPLICAS: "3",
      NATS_URL: "nats://a:4222,nats://b:4222", RABBITMQ_URL: "amqp://c", MONGO_URL: "mongodb://d/x", REDIS_URL: "redis://e",
      DATABASE_URL: "postgres://f/x", SECRETS_FILE: "secrets.json",
    })
    expect(distributed).toMatchObject({ eventStore: "nats", natsReplicas: 3, natsUrl: "nats://a:4222,nats://b:4222" })
    expect(sharedOrNot(distributed)).toEqual([])
  })

  it("says everything that is wrong at once, and quotes no address: it may hold a password", () => {
    const said = problems({ EVENT_STORE: "natz", BUS: "nats", REDIS_URL: "http://user:hunter2@host", HOT_STATE: "redis" })
    expect(said).toEqual([
      "EVENT_STORE is one of postgres, nats, eventstoredb",
      "REDIS_URL is an address that begins with redis:// or rediss://",
      "BUS=nats needs NATS_URL",
    ])
    expect(said.join()).not.toContain("hunter2")
  })

  it.each([
    ["CORS_ORIGINS", "https://app.example/", "CORS_ORIGINS is * or a list of origins such as https://app.example"],
    ["CORS_ORIGINS", "app.example", "CORS_ORIGINS is * or a list of origins such as https://app.example"],
    ["TRUSTED_PROXIES", "10.0.0.0/8,proxy", "TRUSTED_PROXIES is a list of addresses and networks such as 10.0.0.0/8"],
    ["CONNECTIONS_PER_ADDRESS", "many", "CONNECTIONS_PER_ADDRESS is a whole number"],
  ])("refuses %s=%s", (name, value, problem) => {
    expect(problems({ [name]: value })).toEqual([problem])
  })

  it("lets nobody's pages call, and trusts no proxy, until it is told to", () => {
    expect(config({})).toMatchObject({ corsOrigins: [], trustedProxies: [], connectionsPerAddress: 2048, openRequestsPerKey: 2048 })
    const open = config({ CORS_ORIGINS: "https://a.example, http://localhost:3000", TRUSTED_PROXIES: "10.0.0.0/8,::1", OPEN_REQUESTS_PER_KEY: "0" })
    expect(open).toMatchObject({ corsOrigins: ["https://a.example", "http://localhost:3000"], trustedProxies: ["10.0.0.0/8", "::1"], openRequestsPerKey: 0 })
  })

  it.each([
    ["EVENT_STORE", "eventstoredb", "EVENTSTORE_URL"], ["JOB_STREAM", "nats", "NATS_URL"], ["JOB_STREAM", "rabbitmq", "RABBITMQ_URL"],
    ["CONTENT_STORE", "mongo", "MONGO_URL"], ["HOT_STATE", "redis", "REDIS_URL"],
  ])("with %s=%s needs %s", (port, engine, needed) => {
    expect(problems({ [port]: engine })).toEqual([`${port}=${engine} needs ${needed}`])
  })

  it("says what keeps the roles in one process", () => {
    const words = sharedOrNot(config({})).join("\n")
    for (const variable of ["BUS=nats", "JOB_STREAM=nats", "HOT_STATE=redis", "DATABASE_URL", "SECRETS_FILE"]) expect(words).toContain(variable)
  })

  it("names each variable once, the embedded choice first", () => {
    expect(new Set(SETTINGS.map(({ name }) => name)).size).toBe(SETTINGS.length)
    expect(SETTINGS.filter(({ values }) => values !== null).every(({ values, fallback }) => values?.[0] === fallback)).toBe(true)
  })
})

describe("an address shown to people", () => {
  it("has no password in it", () => {
    expect(maskedUrl("postgres://user:secret@host:5432/db")).toBe("postgres://user:***@host:5432/db")
    expect(maskedUrl("nats://a:4222,nats://u:p@b:4222")).toBe("nats://a:4222,nats://u:***@b:4222")
    expect(maskedUrl("secrets.json")).toBe("secrets.json")
  })
})
