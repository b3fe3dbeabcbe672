import { type Command, Option } from "commander"
import { basename, relative } from "node:path"
import process from "node:process"
import type { DataFolder } from "../data-folder.ts"
import { type DemoKey, demoKey } from "../demo-key.ts"
import { DEMO_MODEL, requireModel } from "../demo-model.ts"
import { lockFolder } from "../folder-lock.ts"
import { unlessInterrupted, untilInterrupted } from "../interrupt.ts"
import type { RunningNetwork } from "../network.ts"
import { toJsonLine } from "../output/json.ts"
import { welcome } from "../output/welcome.ts"
import { parseCount, parsePort } from "./arguments.ts"
import { caughtUp, type Cli, type CommonOptions, service, withFolder } from "./cli.ts"

interface UpOptions extends CommonOptions {
  readonly node: boolean
  readonly host: string
  readonly port: number
  readonly ioPort?: number
  readonly adminPort?: number
  readonly model: string
  readonly slots?: number
  readonly maxTokensPerSecond?: number
}

const DEFAULT_PORT = 8400

export const registerUp = (program: Command, cli: Cli): void => {
  service(program, "up", "the whole network on this machine, with one node; goes on where it was")
    .option("--no-node", "the network alone; let nodes join it")
    .option("--host <address>", "listen on this address", "127.0.0.1")
    .option("--port <n>", "port of the OpenAI-compatible API, 0 for any free one", parsePort, DEFAULT_PORT)
    .option("--io-port <n>", "port that nodes join (default: --port + 1)", parsePort)
    .option("--admin-port <n>", "port for health, metrics and overrides (default: --port + 2)", parsePort)
    .addOption(new Option("--model <model>", "what the node serves: a GGUF file, hf:<user>/<repository>[:<file>], or echo:").default(DEMO_MODEL, "the demo model"))
    .option("--slots <n>", "answers at once", parseCount)
    .option("--max-tokens-per-second <n>", "the node is never faster than this", parseCount)
    .addHelpText("after", EXAMPLES)
    .action((options: UpOptions) => {
      if (options.node) requireModel(options.model)
      return withFolder(options, cli, (folder) => up(folder, cli, options))
    })
}

const EXAMPLES = `
Examples:
  resultity up
  resultity up --port 0 --json                one line when ready, for scripts; logs go to stderr
  resultity up --no-node --data /srv/resultity
  resultity up --model ./model.gguf --slots 4`

const up = async (folder: DataFolder, cli: Cli, options: UpOptions): Promise<void> => {
  const lock = await lockFolder(folder.url, folder.dir)
  try {
    const demo = await demoKey(folder)
    // The tables exist and the demo key is known before anybody can ask.
    await caughtUp(folder, cli)
    const { startNetwork } = await import("../network.ts")
    const network = await startNetwork({ folder, host: options.host, ...portsOf(options) })
    try {
      await serve(folder, cli, options, { network, demo })
    } finally {
      await network.stop()
    }
  } finally {
    await lock.release()
  }
}

/** A free API port means free ones beside it too: several networks on one machine must not meet. */
const portsOf = ({ port, ioPort, adminPort }: UpOptions) => ({
  port,
  ioPort: ioPort ?? (port === 0 ? 0 : port + 1),
  adminPort: adminPort ?? (port === 0 ? 0 : port + 2),
})

interface Started {
  readonly network: RunningNetwork
  readonly demo: DemoKey
}

/** From here on the network serves; with its node, or waiting for others, until it is told to stop. */
const serve = async (folder: DataFolder, cli: Cli, options: UpOptions, started: Started): Promise<void> => {
  if (!options.node) {
    await announce(folder, cli, options, { ...started, models: [] })
    return stopping(folder, untilInterrupted(cli.interrupted))
  }
  const node = await unlessInterrupted(startNodeHere(folder, options, started.network), cli.interrupted)
  try {
    await unlessInterrupted(Promise.race([node.ready, node.failed]), cli.interrupted)
    await announce(folder, cli, options, { ...started, models: node.models })
    await stopping(folder, Promise.race([untilInterrupted(cli.interrupted), node.failed]))
  } finally {
    await node.stop()
  }
}

const stopping = async (folder: DataFolder, until: Promise<void>): Promise<void> => {
  await until
  folder.logger.info("stopping")
}

const startNodeHere = async (folder: DataFolder, options: UpOptions, network: RunningNetwork) => {
  const { startNode } = await import("../node-process.ts")
  const { model, slots, maxTokensPerSecond } = options
  const { ioUrl: join, networkKey } = network
  return startNode({ join, networkKey, model, slots, maxTokensPerSecond, dataDir: folder.dir, logger: folder.logger })
}

const announce = (
  folder: DataFolder,
  { terminal }: Cli,
  { json, data }: UpOptions,
  { network, demo, models }: Started & { readonly models: readonly string[] },
): Promise<void> => {
  const { baseUrl, adminUrl, ioUrl } = network
  if (json) {
    const ready = { ready: true, base_url: baseUrl, api_key: demo.apiKey, admin_url: adminUrl, io_url: ioUrl, models, pid: process.pid }
    return terminal.print(toJsonLine({ ...ready, namespace_id: demo.namespaceId }))
  }
  const call = (words: string): string => `${ownName()} ${words}${data === undefined ? "" : ` --data ${data}`}`
  const { apiKey, namespaceId } = demo
  return terminal.printAll(welcome({ baseUrl, adminUrl, ioUrl, apiKey, namespaceId, models, dataDir: folder.dir, call }, terminal))
}

/** How this person calls the program. */
const ownName = (): string => {
  if (process.env["npm_lifecycle_event"] !== undefined) return "npm run resultity --"
  const script = process.argv[1] ?? "resultity"
  return script.endsWith(".mjs") ? `node ${relative(process.cwd(), script)}` : basename(script)
}
