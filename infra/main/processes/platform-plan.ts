import { join } from "node:path"
import type { EngineName } from "../../engines/engine.ts"
import type { Environment } from "../../config/platform-config.ts"
import { DEMO_MODEL } from "../demo-model.ts"
import type { ProcessPlan } from "./supervised.ts"

export interface PlatformOptions {
  readonly dataDir: string
  readonly host: string
  /** Of the first cloud gateway; the next ones follow. IO gateways and operations take the ports behind them. */
  readonly port: number
  readonly gateways: number
  readonly nodes: number
  readonly model: string
}

/** The distributed profile's engines where the environment names no others. */
export const withDefaults = (environment: Environment): Readonly<Record<string, string>> => ({
  EVENT_STORE: environment["EVENT_STORE"] ?? "nats",
  BUS: environment["BUS"] ?? "nats",
  JOB_STREAM: environment["JOB_STREAM"] ?? "nats",
  CONTENT_STORE: environment["CONTENT_STORE"] ?? "postgres",
  HOT_STATE: environment["HOT_STATE"] ?? "redis",
})

/** Engines that are needed and that nobody has named an address of. */
export const missingEngines = (environment: Environment): readonly EngineName[] => {
  const uses = (engine: string): boolean => Object.values(withDefaults(environment)).includes(engine)
  const needs: readonly (readonly [EngineName, string, boolean])[] = [
    ["nats", "NATS_URL", uses("nats")],
    ["redis", "REDIS_URL", uses("redis")],
    ["rabbitmq", "RABBITMQ_URL", uses("rabbitmq")],
    ["postgres", "DATABASE_URL", true],
    ["mongo", "MONGO_URL", uses("mongo")],
  ]
  return needs.filter(([, variable, needed]) => needed && (environment[variable] ?? "") === "").map(([name]) => name)
}

/** Every process, in the order in which they start: those that make tables and streams first, those that ask for them last. */
export const platformPlan = (env: Readonly<Record<string, string>>, options: PlatformOptions): readonly ProcessPlan[] => {
  const { host, port, gateways, nodes, dataDir, model } = options
  const pairs = [1, 2]
  const serve = (role: string, n: number, ...words: readonly string[]): ProcessPlan => ({ name: `${role}-${n}`, words: ["serve", role, ...words], env })
  const numbers = Array.from({ length: gateways }, (_, index) => index)
  const ioPort = (index: number): number => port + gateways + index
  return [
    ...pairs.map((n) => serve("projector", n)),
    ...pairs.map((n) => serve("dispatcher", n)),
    ...pairs.map((n) => serve("settlement", n)),
    ...pairs.map((n) => serve("watchdog", n)),
    ...numbers.map((index) => serve("io", index + 1, "--host", host, "--port", String(ioPort(index)))),
    ...numbers.map((index) => serve("cloud", index + 1, "--host", host, "--port", String(port + index))),
    serve("status", 1, "--host", host, "--port", String(port + 2 * gateways)),
    ...Array.from({ length: nodes }, (_, index) => ({
      name: `node-${index + 1}`,
      words: ["node", "--join", `ws://127.0.0.1:${ioPort(index % gateways)}/io`, "--data", join(dataDir, `node-${index + 1}`), "--model", model],
      env,
    })),
  ]
}

export const DEFAULT_MODEL = DEMO_MODEL
