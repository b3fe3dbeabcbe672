import { writeFile } from "node:fs/promises"
import { join } from "node:path"
import { newSecretsFile } from "#infra/config/secrets.ts"
import { closedAtTheLatest } from "./clean-up.ts"
import { ECHO_NODE } from "./echo-load.ts"
import type { EchoNetwork } from "./echo-network.ts"
import { postgresPart, processPart } from "./network-parts.ts"
import { asker, startNode, startRole } from "./network-process.ts"
import { type ScratchEngines, scratchEngines } from "./scratch-engines.ts"
import { removeFolder, scratchFolder } from "./scratch-postgres.ts"

const OWNER_ONLY = 0o600
const ON_ENGINES = { EVENT_STORE: "nats", BUS: "nats", JOB_STREAM: "nats", HOT_STATE: "redis" }
/** Tables come first; then whoever must be there before the first request. */
const BEFORE_GATEWAYS = ["projector", "dispatcher", "settlement", "watchdog"] as const
/** Enough for any run. */
const CREDITS = 10n ** 15n

/** The platform in separate processes on NATS, Redis and Postgres, with two gateways for clients. */
export const distributedEcho = async (profileDir: string | null): Promise<EchoNetwork> => {
  const folder = await scratchFolder()
  const closing: (() => Promise<unknown>)[] = [closedAtTheLatest(() => removeFolder(folder))]
  const stop = async (): Promise<void> => {
    for (const step of closing.splice(0).reverse()) await step()
  }
  try {
    const engines = await scratchEngines(["nats", "redis", "postgres"])
    closing.push(engines.close)
    const env = await environment(folder, engines)
    const start = async (role: string) => {
      const started = await startRole(role, { args: [], profileDir, env })
      closing.push(started.stop)
      return started.ready
    }
    const workflows = []
    for (const role of BEFORE_GATEWAYS) workflows.push(processPart(role, (await start(role)).pid))
    const [io, cloud1, cloud2] = [await start("io"), await start("cloud"), await start("cloud")]
    const node = await startNode({ io_url: io.url }, { args: ECHO_NODE, profileDir })
    closing.push(node.stop)
    const ask = asker([], env)
    const { api_key } = await ask<{ readonly api_key: string }>("keys", "create", "--new-namespace", "bench", "--credits", String(CREDITS), "--requests-per-second", "none")
    const endpoint = ({ url }: { readonly url: string }) => ({ base_url: url, api_key, models: node.ready.models })
    const parts = [
      processPart("cloud", cloud1.pid), processPart("cloud 2", cloud2.pid), processPart("io", io.pid), ...workflows,
      processPart("node", node.ready.pid), ...engineParts(engines),
    ]
    return { name: "two gateways", endpoints: [endpoint(cloud1), endpoint(cloud2)], ask, parts, stop }
  } catch (cause) {
    await stop()
    throw cause
  }
}

const environment = async (folder: string, { env }: ScratchEngines): Promise<Readonly<Record<string, string>>> => {
  const secrets = join(folder, "secrets.json")
  await writeFile(secrets, newSecretsFile(), { mode: OWNER_ONLY })
  return { ...env, ...ON_ENGINES, SECRETS_FILE: secrets, RESULTITY_HOME: join(folder, "data") }
}

const engineParts = ({ report }: ScratchEngines) => [
  processPart("NATS", report("nats").pid),
  processPart("Redis", report("redis").pid),
  postgresPart(report("postgres").pid),
]
