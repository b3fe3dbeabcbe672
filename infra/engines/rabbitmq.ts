import { connect } from "amqplib"
import { existsSync } from "node:fs"
import { mkdir, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { debianSource } from "./debian-package.ts"
import { type Engine, type EnginePlace, EngineUnavailable, type Wanted } from "./engine.ts"
import { onPath, pathSource } from "./on-path.ts"
import { answersTcp } from "./probe.ts"

const RABBITMQ_SERVER: Wanted = {
  program: "rabbitmq-server",
  sources: [pathSource("rabbitmq-server"), debianSource({ name: "rabbitmq-server", program: "rabbitmq-server", service: "rabbitmq-server" })],
}
/** Debian puts a wrapper on the PATH that changes user and folder; this is the server's own script. */
const DEBIAN_SCRIPT = "/usr/lib/rabbitmq/bin/rabbitmq-server"
const READY_TIMEOUT_MS = 120_000

/** A broker with a node name, a cookie and an epmd of its own, so that it meets no other on this machine and leaves nothing behind. */
export const rabbitmq: Engine = {
  name: "rabbitmq",
  start: async (place) => {
    const installed = await place.obtain(RABBITMQ_SERVER)
    const ports = { amqp: await place.port("amqp"), distribution: await place.port("distribution"), epmd: await place.port("epmd") }
    const env = await environment(place, ports)
    await runEpmd(place, ports.epmd)
    const url = `amqp://guest:guest@127.0.0.1:${ports.amqp}`
    await place.run({
      role: "rabbitmq",
      program: existsSync(DEBIAN_SCRIPT) ? DEBIAN_SCRIPT : installed,
      args: [],
      env,
stop: "SIGTERM",
      ready: () => versionOf(url),
      readyTimeoutMs: READY_TIMEOUT_MS,
    })
    return { what: "RabbitMQ", version: await versionOf(url), url }
  },
}

interface Ports {
  readonly amqp: number
  readonly distribution: number
  readonly epmd: number
}

/** The server starts one where none runs, and then nobody stops it: ours runs first and is on the list. */
const runEpmd = async (place: EnginePlace, port: number): Promise<void> => {
  const program = onPath("epmd")
  if (program === null) throw new EngineUnavailable({ message: "no epmd on the PATH, which RabbitMQ's Erlang brings along" })
  await place.run({ role: "epmd", program, args: ["-port", String(port), "-address", "127.0.0.1"], stop: "SIGTERM", ready: () => answersTcp(port) })
}

const environment = async (place: EnginePlace, { amqp, distribution, epmd }: Ports): Promise<Readonly<Record<string, string>>> => {
  const inside = (name: string): string => join(place.folder, name)
  await mkdir(place.folder, { recursive: true, mode: 0o700 })
  await writeFile(inside("rabbitmq.conf"), `listeners.tcp.1 = 127.0.0.1:${amqp}\ndisk_free_limit.absolute = 100MB\n`)
  await writeFile(inside("enabled_plugins"), "[].\n")
  await writeFile(inside("rabbitmq-env.conf"), "")
  return {
    // Makes the script become the server instead of its parent: one process to know.
    RUNNING_UNDER_SYSTEMD: "true",
    ERL_EPMD_PORT: String(epmd),
    ERL_EPMD_ADDRESS: "127.0.0.1",
    RABBITMQ_NODENAME: `resultity-${amqp}@localhost`,
    RABBITMQ_DIST_PORT: String(distribution),
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: "-kernel inet_dist_use_interface {127,0,0,1}",
    RABBITMQ_CONFIG_FILE: inside("rabbitmq.conf"),
    RABBITMQ_CONF_ENV_FILE: inside("rabbitmq-env.conf"),
    RABBITMQ_ENABLED_PLUGINS_FILE: inside("enabled_plugins"),
    RABBITMQ_MNESIA_BASE: inside("mnesia"),
    RABBITMQ_LOG_BASE: inside("log"),
    RABBITMQ_PID_FILE: inside("rabbitmq.pid"),
  }
}

const versionOf = async (url: string): Promise<string> => {
  const connection = await connect(url)
  connection.on("error", () => {})
  const { version } = connection.connection.serverProperties
  await connection.close()
  return version
}
