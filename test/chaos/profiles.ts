import type { ChaosOptions } from "./platform.ts"

type Profile = Pick<ChaosOptions, "env" | "engines">

/** Engines behind the ports, by name. */
export const PROFILES = {
  nats: {
    engines: ["nats", "redis", "postgres"],
    env: { EVENT_STORE: "nats", BUS: "nats", JOB_STREAM: "nats", HOT_STATE: "redis" },
  },
  rabbitmq: {
    engines: ["nats", "redis", "postgres", "rabbitmq"],
    env: { EVENT_STORE: "postgres", BUS: "nats", JOB_STREAM: "rabbitmq", HOT_STATE: "redis" },
  },
} as const satisfies Readonly<Record<string, Profile>>
