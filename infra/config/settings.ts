/** One environment variable of the platform. */
export interface Setting {
  readonly name: string
  readonly help: string
  /** What it may be; null: anything of its form. */
  readonly values: readonly string[] | null
  /** For people. */
  readonly form: string
  /** Taken when the variable is not set; null: none. */
  readonly fallback: string | null
  /** How an address must begin. */
  readonly schemes: readonly string[]
  /** Its value is not shown. */
  readonly secret: boolean
}

export const WHOLE_NUMBER = "a whole number"

const choice = (name: string, values: readonly string[], help: string): Setting => ({
  name, help, values, form: values.join(" | "), fallback: values[0] ?? null, schemes: [], secret: false,
})
const text = (name: string, form: string, help: string): Setting => ({
  name, help, values: null, form, fallback: null, schemes: [], secret: false,
})
const address = (name: string, schemes: readonly string[], help: string): Setting => ({ ...text(name, "an address or a path", help), schemes })

/** The first is OpenTelemetry's default. */
const SAMPLERS = ["parentbased_always_on", "parentbased_always_off", "parentbased_traceidratio", "always_on", "always_off", "traceidratio"]
const PAIRS = "name=value,…"

const number = (name: string, fallback: string, help: string): Setting => ({ ...text(name, WHOLE_NUMBER, help), fallback })

/** Every variable that a process of the platform reads. The first of the values is the embedded profile's. */
export const SETTINGS: readonly Setting[] = [
  choice("RESULTITY_ENVIRONMENT", ["testnet", "mainnet"], "which network this is; events, subjects and keys of the two never meet"),
  choice("EVENT_STORE", ["postgres", "nats", "eventstoredb"], "where the domain log is"),
  choice("BUS", ["memory", "nats"], "how processes talk: tokens, requests, hints; memory: one process only"),
  choice("JOB_STREAM", ["memory", "nats", "rabbitmq"], "how assignments reach nodes"),
  choice("CONTENT_STORE", ["postgres", "mongo"], "where prompts and answers are kept, encrypted"),
  choice("HOT_STATE", ["memory", "redis"], "presence, leases and limits: may be lost, heals by itself"),
  choice("NATS_REPLICAS", ["1", "3"], "copies of each JetStream stream"),
  address("DATABASE_URL", ["postgres:", "postgresql:"], "Postgres for the read models; without it one is started below the data folder"),
  address("NATS_URL", ["nats:", "tls:"], "one or more servers, separated by commas"),
  address("NATS_MONITOR_URL", ["http:", "https:"], "monitoring ports of the servers, separated by commas: show that each message is synced"),
  address("NATS_CREDENTIALS", [], "this process's credentials file, where the servers ask who it is (resultity nats-accounts)"),
  address("NATS_NODE_SIGNER", [], "for gate: the node-signer.json with which it makes credentials for nodes"),
  address("EVENTSTORE_URL", ["esdb:", "esdb+discover:"], "EventStoreDB's connection string"),
  address("RABBITMQ_URL", ["amqp:", "amqps:"], "RabbitMQ"),
  address("MONGO_URL", ["mongodb:", "mongodb+srv:"], "MongoDB, with the name of the database"),
  address("REDIS_URL", ["redis:", "rediss:"], "Redis"),
  address("OTEL_EXPORTER_OTLP_ENDPOINT", ["http:", "https:"], "collector for traces, OTLP over HTTP; without it nothing is traced"),
  { ...text("OTEL_EXPORTER_OTLP_HEADERS", PAIRS, "headers for the collector"), secret: true },
  choice("OTEL_TRACES_SAMPLER", SAMPLERS, "which traces are kept; alike for all processes"),
  text("OTEL_TRACES_SAMPLER_ARG", "0 to 1", "for the ratio samplers: the share of traces that is kept"),
  text("OTEL_SERVICE_NAME", "a name", "what traces call this process; without it resultity-<role>"),
  text("OTEL_RESOURCE_ATTRIBUTES", PAIRS, "more about this process for traces"),
  choice("RESULTITY_LOG_LEVEL", ["info", "fatal", "error", "warn", "debug", "trace", "silent"], "what to log on stderr, where --log-level does not say"),
  text("LOG_FORMAT", "json or text", "how to log; without it text on a terminal, else json"),
  number("KEY_REQUESTS_PER_SECOND", "60", "what an API key without limits of its own may ask, in all gateways together, with a burst of twice that; 0: no limit"),
  text("CORS_ORIGINS", "https://…,…", "origins whose pages may call the API from a browser, with keys that anybody can read there; * for all, none by default"),
  text("TRUSTED_PROXIES", "10.0.0.0/8,…", "addresses of proxies in front of the gateways, whose x-forwarded-for is believed"),
  choice("WEBHOOK_TARGETS", ["public", "any"], "public: webhooks go by https to the internet; any: by http too, and to every address (not on mainnet)"),
  number("CONNECTIONS_PER_ADDRESS", "2048", "connections that a gateway takes from one address that is no trusted proxy; 0: no limit"),
  number("OPEN_REQUESTS_PER_KEY", "2048", "requests under way that a gateway takes with one API key; 0: no limit"),
  number("MAX_FILE_MIB", "200", "size of one uploaded file, in MiB"),
  address("SECRETS_FILE", [], "the network's secrets; without it secrets.json of the data folder"),
]
