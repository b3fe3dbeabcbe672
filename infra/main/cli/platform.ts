import { type Command, Option } from "commander"
import { mkdir } from "node:fs/promises"
import { join } from "node:path"
import process from "node:process"
import { fileURLToPath } from "node:url"
import { newSecretsFile } from "../../config/secrets.ts"
import type { DataFolder } from "../data-folder.ts"
import { requireModel } from "../demo-model.ts"
import { failure } from "../exit.ts"
import { unlessInterrupted, untilInterrupted } from "../interrupt.ts"
import { toJsonLine } from "../output/json.ts"
import { renderTable } from "../output/table.ts"
import { DEFAULT_MODEL, missingEngines, type PlatformOptions, platformPlan, withDefaults } from "../processes/platform-plan.ts"
import { type Supervised, supervised } from "../processes/supervised.ts"
import { parseCount, parsePort } from "./arguments.ts"
import { type Cli, type CommonOptions, caughtUp, dataDirOf, service, withFolder } from "./cli.ts"

interface Options extends CommonOptions, Omit<PlatformOptions, "dataDir"> {}

const DEFAULT_PORT = 8400
const ENTRY = fileURLToPath(new URL("../resultity.mjs", import.meta.url))

export const registerPlatform = (program: Command, cli: Cli): void => {
  service(program, "platform", "the whole platform here, each role a process of its own, on real engines")
    .option("--host <address>", "gateways listen on this address", "127.0.0.1")
    .option("--port <n>", "port of the first cloud gateway; the others take those behind it", parsePort, DEFAULT_PORT)
    .option("--gateways <n>", "cloud gateways, and as many IO gateways", parseCount, 2)
    .option("--nodes <n>", "nodes with the model", parseCount, 2)
    .addOption(new Option("--model <model>", "what the nodes serve").default(DEFAULT_MODEL, "the demo model"))
    .addHelpText("after", HELP)
    .action((options: Options) => platform(cli, options))
}

const HELP = `
Engines that the environment names (resultity config list) are used; those that are needed and not named are started below the
data folder, as by \`resultity engines up\`, and stopped with the platform. A process that ends is started again.

Examples:
  resultity platform
  resultity platform --gateways 3 --json
  EVENT_STORE=postgres JOB_STREAM=rabbitmq resultity platform`

const platform = async (cli: Cli, options: Options): Promise<void> => {
  requireModel(options.model)
  const dataDir = dataDirOf(options)
  const { env, stopEngines } = await startEngines(cli, dataDir)
  // What this process opens below is what its processes open.
  Object.assign(process.env, env)
  try {
    await withFolder(options, cli, (folder) => run(cli, folder, { ...options, dataDir }, env))
  } finally {
    await stopEngines()
  }
}

const startEngines = async ({ terminal, interrupted }: Cli, dataDir: string) => {
  const { bringUp } = await import("../../engines/up.ts")
  const { takeDown } = await import("../../engines/down.ts")
  const folder = join(dataDir, "engines")
  const only = missingEngines(process.env)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const up = await bringUp({ folder, only, say: terminal.note, interrupted })
  const stopEngines = async (): Promise<void> => void (await takeDown(folder, only))
  const [missing] = up.missing
  if (missing !== undefined) {
    await stopEngines()
    throw failure(`${missing.name} cannot be had: ${missing.why}`)
  }
  const secrets = process.env["SECRETS_FILE"] ?? (await secretsFile(dataDir))
  return { env: { ...withDefaults(process.env), ...up.env, SECRETS_FILE: secrets }, stopEngines }
}

const secretsFile = async (dataDir: string): Promise<string> => {
  const path = join(dataDir, "platform-secrets.json")
  const { createPrivate } = await import("../../identity/private-file.ts")
  await createPrivate(path, newSecretsFile())
  return path
}

const run = async (cli: Cli, folder: DataFolder, options: Options & PlatformOptions, env: Readonly<Record<string, string>>): Promise<void> => {
  const { demoKey } = await import("../demo-key.ts")
  const started: Supervised[] = []
  try {
    for (const plan of platformPlan(env, options)) {
      const one = supervised(ENTRY, plan, cli.terminal.note)
      started.push(one)
      await unlessInterrupted(one.ready, cli.interrupted)
    }
    const demo = await demoKey(folder)
    // The key is known to the gateways before anybody can ask.
    await caughtUp(folder, cli)
    await announce(cli, options, started, demo)
    await untilInterrupted(cli.interrupted)
    folder.logger.info("stopping")
  } finally {
    // Gateways first: they let answers end that need all the others.
    for (const one of started.toReversed()) await one.stop()
  }
}

const announce = async (
  { terminal }: Cli,
  { json }: Options,
  started: readonly Supervised[],
  demo: { readonly apiKey: string; readonly namespaceId: string },
): Promise<void> => {
  const rows = await Promise.all(started.map(async (one) => ({ name: one.name, pid: one.pid() ?? 0, ready: await one.ready })))
  const urls = (role: string): readonly unknown[] => rows.filter(({ name }) => name.startsWith(role)).map(({ ready }) => ready["url"])
  if (json) {
    const ready = { ready: true, base_urls: urls("cloud"), io_urls: urls("io"), api_key: demo.apiKey, namespace_id: demo.namespaceId, pid: process.pid }
    return terminal.print(toJsonLine({ ...ready, processes: rows.map(({ name, pid, ready: said }) => ({ name, pid, ...said })) }))
  }
  await terminal.printAll(
    renderTable(
      [
        { title: "PROCESS", value: ({ name }) => name },
        { title: "PID", value: ({ pid }) => String(pid), align: "right" },
        { title: "AT", value: ({ ready }) => String(ready["url"] ?? "-") },
        { title: "HEALTH AND METRICS", value: ({ ready }) => String(ready["admin_url"] ?? "-") },
      ],
      rows,
    ),
  )
  await terminal.printAll(["", `API key  ${demo.apiKey}`, "Ctrl-C stops everything that was started here."])
}
