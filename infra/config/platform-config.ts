import { Result } from "effect"
import { ipRanges } from "#domain/policies/ip-ranges.ts"
import { type Setting, SETTINGS, WHOLE_NUMBER } from "./settings.ts"

/** Which engine is behind each port of this process, and where it is. Comes from environment variables alone. */
export interface PlatformConfig {
  readonly environment: "testnet" | "mainnet"
  readonly eventStore: "postgres" | "nats" | "eventstoredb"
  readonly bus: "memory" | "nats"
  readonly jobStream: "memory" | "nats" | "rabbitmq"
  readonly contentStore: "postgres" | "mongo"
  readonly hotState: "memory" | "redis"
  readonly natsReplicas: 1 | 3
  /** Null: an embedded server below the data folder. */
  readonly databaseUrl: string | null
  readonly natsUrl: string | null
  readonly natsMonitorUrl: string | null
  readonly natsCredentials: string | null
  readonly natsNodeSigner: string | null
  readonly eventstoreUrl: string | null
  readonly rabbitmqUrl: string | null
  readonly mongoUrl: string | null
  readonly redisUrl: string | null
  /** 0: no limit. */
  readonly keyRequestsPerSecond: number
  readonly corsOrigins: readonly string[]
  /** Addresses and networks. */
  readonly trustedProxies: readonly string[]
  /** 0: no limit. */
  readonly connectionsPerAddress: number
  /** 0: no limit. */
  readonly openRequestsPerKey: number
  readonly webhookTargets: "public" | "any"
  /** Of one uploaded file, in MiB. */
  readonly maxFileMib: number
  /** Null: `secrets.json` of the data folder. */
  readonly secretsFile: string | null
}

export type Environment = Readonly<Record<string, string | undefined>>

/** The configuration, or everything that is wrong with it, a line each. Names the variable, never the value of an address. */
export const readConfig = (environment: Environment): Result.Result<PlatformConfig, readonly string[]> => {
  const problems: string[] = []
  const given = new Map(SETTINGS.map((setting) => [setting.name, read(setting, environment[setting.name], problems)]))
  const of = (name: string): string | null => given.get(name) ?? null
  for (const { port, engine, needs } of NEEDS) {
    if (of(port) === engine && of(needs) === null) problems.push(`${port}=${engine} needs ${needs}`)
  }
  if (ipRanges(listOf(of("TRUSTED_PROXIES"))) === null) problems.push("TRUSTED_PROXIES is a list of addresses and networks such as 10.0.0.0/8")
  if (!listOf(of("CORS_ORIGINS")).every(isOrigin)) problems.push("CORS_ORIGINS is * or a list of origins such as https://app.example")
  if (of("WEBHOOK_TARGETS") === "any" && of("RESULTITY_ENVIRONMENT") === "mainnet") problems.push("WEBHOOK_TARGETS=any is for development: on mainnet webhooks go to the internet alone")
  if (problems.length > 0) return Result.fail(problems)
  // Each choice was checked against the values of its setting.
  const chosen = <Choice extends string>(name: string): Choice => of(name) as Choice
  return Result.succeed({
    environment: chosen("RESULTITY_ENVIRONMENT"),
    eventStore: chosen("EVENT_STORE"),
    bus: chosen("BUS"),
    jobStream: chosen("JOB_STREAM"),
    contentStore: chosen("CONTENT_STORE"),
    hotState: chosen("HOT_STATE"),
    natsReplicas: of("NATS_REPLICAS") === "3" ? 3 : 1,
    databaseUrl: of("DATABASE_URL"),
    natsUrl: of("NATS_URL"),
    natsMonitorUrl: of("NATS_MONITOR_URL"),
    natsCredentials: of("NATS_CREDENTIALS"),
    natsNodeSigner: of("NATS_NODE_SIGNER"),
    eventstoreUrl: of("EVENTSTORE_URL"),
    rabbitmqUrl: of("RABBITMQ_URL"),
    mongoUrl: of("MONGO_URL"),
    redisUrl: of("REDIS_URL"),
    keyRequestsPerSecond: Number(of("KEY_REQUESTS_PER_SECOND")),
    corsOrigins: listOf(of("CORS_ORIGINS")),
    trustedProxies: listOf(of("TRUSTED_PROXIES")),
    connectionsPerAddress: Number(of("CONNECTIONS_PER_ADDRESS")),
    openRequestsPerKey: Number(of("OPEN_REQUESTS_PER_KEY")),
    webhookTargets: chosen("WEBHOOK_TARGETS"),
    maxFileMib: Number(of("MAX_FILE_MIB")),
    secretsFile: of("SECRETS_FILE"),
  })
}

const listOf = (text: string | null): readonly string[] => (text === null ? [] : text.split(",").map((one) => one.trim()))

const isOrigin = (text: string): boolean => text === "*" || URL.parse(text)?.origin === text

const NEEDS = [
  { port: "EVENT_STORE", engine: "nats", needs: "NATS_URL" },
  { port: "EVENT_STORE", engine: "eventstoredb", needs: "EVENTSTORE_URL" },
  { port: "BUS", engine: "nats", needs: "NATS_URL" },
  { port: "JOB_STREAM", engine: "nats", needs: "NATS_URL" },
  { port: "JOB_STREAM", engine: "rabbitmq", needs: "RABBITMQ_URL" },
  { port: "CONTENT_STORE", engine: "mongo", needs: "MONGO_URL" },
  { port: "HOT_STATE", engine: "redis", needs: "REDIS_URL" },
] as const

const DIGITS = /^\d{1,9}$/

const read = ({ name, values, form, fallback, schemes }: Setting, value: string | undefined, problems: string[]): string | null => {
  if (value === undefined || value === "") return fallback
  if (values !== null && !values.includes(value)) problems.push(`${name} is one of ${values.join(", ")}`)
  if (form === WHOLE_NUMBER && !DIGITS.test(value)) problems.push(`${name} is ${WHOLE_NUMBER}`)
  if (schemes.length > 0 && !value.split(",").every((one) => schemes.includes(URL.parse(one)?.protocol ?? ""))) {
    problems.push(`${name} is an address that begins with ${schemes.map((scheme) => `${scheme}//`).join(" or ")}`)
  }
  return value
}

/** Engines that processes share: without them a role cannot be a process of its own. */
export const sharedOrNot = ({ bus, jobStream, hotState, databaseUrl, secretsFile }: PlatformConfig): readonly string[] =>
  [
    bus === "memory" ? "BUS=memory reaches one process only: set BUS=nats" : "",
    jobStream === "memory" ? "JOB_STREAM=memory reaches one process only: set JOB_STREAM=nats or rabbitmq" : "",
    hotState === "memory" ? "HOT_STATE=memory is known to one process only: set HOT_STATE=redis" : "",
    databaseUrl === null ? "the read models are shared: set DATABASE_URL" : "",
    secretsFile === null ? "all processes need the same secrets: set SECRETS_FILE (resultity config secrets makes one)" : "",
  ].filter((line) => line !== "")
