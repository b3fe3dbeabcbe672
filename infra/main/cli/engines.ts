import { type Command, InvalidArgumentError } from "commander"
import { join, resolve } from "node:path"
import { ENGINE_NAMES, ENGINE_VARIABLES, type EngineName } from "../../engines/engine.ts"
import { exportLines, titleOf } from "../../engines/report.ts"
import type { EngineStatus } from "../../engines/status.ts"
import type { MissingEngine } from "../../engines/up.ts"
import { failure } from "../exit.ts"
import { interrupted } from "../interrupt.ts"
import { toJsonLine } from "../output/json.ts"
import { type Column, renderTable } from "../output/table.ts"
import { formatDuration } from "../output/time.ts"
import { type Cli, dataDirOf } from "./cli.ts"

interface EnginesOptions {
  readonly data?: string
  readonly json?: true
  readonly verbose?: true
}

interface SomeEngines extends EnginesOptions {
  readonly only?: readonly EngineName[]
}

/** Real servers for development and tests. Nothing of the product itself needs this command. */
export const registerEngines = (program: Command, cli: Cli): void => {
  const engines = program.command("engines").description("real servers for development and tests, on free loopback ports")
  command(engines, "up", "find or install and start them, and print the variables that point to them")
    .option("--only <names>", `some of ${ENGINE_NAMES.join(",")}`, parseEngines)
    .addHelpText("after", UP_EXAMPLES)
    .action((options: SomeEngines) => up(cli, options))
  command(engines, "down", "stop exactly what `up` started on this folder; the data stays")
    .option("--only <names>", `some of ${ENGINE_NAMES.join(",")}`, parseEngines)
    .action((options: SomeEngines) => down(cli, options))
  command(engines, "status", "what runs, what it really is, and since when").action((options: EnginesOptions) => status(cli, options))
}

const command = (parent: Command, name: string, description: string): Command =>
  parent
    .command(name)
    .description(description)
    .option("--data <folder>", "their folder (default: engines below RESULTITY_HOME, else below ./data)")
    .option("--json", "print JSON for scripts")
    .option("--verbose", "show the stack of a failure")

const UP_EXAMPLES = `
Sources, in order: the PATH; what was installed before (RESULTITY_ENGINES_CACHE, else the user's cache folder); Debian packages (as root);
the Go module proxy. Exit code 1 when one cannot be had, unless ENGINES_OPTIONAL names it.

Examples:
  eval "$(resultity engines up)"
  resultity engines up --only nats,redis --json
  resultity engines down`

const parseEngines = (text: string): readonly EngineName[] => {
  const names = text.split(",").map((name) => name.trim())
  const unknown = names.find((name) => !isEngine(name))
  if (unknown !== undefined) throw new InvalidArgumentError(`There is no ${unknown}; there are ${ENGINE_NAMES.join(", ")}.`)
  return ENGINE_NAMES.filter((name) => names.includes(name))
}

const isEngine = (name: string): boolean => ENGINE_NAMES.some((known) => known === name)

const folderOf = (options: EnginesOptions): string =>
  options.data === undefined ? join(dataDirOf({ logLevel: "warn" }), "engines") : resolve(options.data)

const up = async ({ terminal, interrupted: signal }: Cli, options: SomeEngines): Promise<void> => {
  const { bringUp } = await import("../../engines/up.ts")
  const only = options.only ?? ENGINE_NAMES
  const result = await bringUp({ folder: folderOf(options), only, say: terminal.note, interrupted: signal }).catch((cause: unknown) => {
    throw signal.aborted ? interrupted() : cause
  })
  await terminal.printAll(options.json ? [toJsonLine(result)] : exportLines(result.env))
  for (const engine of result.missing) terminal.note(missingLine(engine))
  const needed = result.missing.filter(({ optional }) => !optional).map(({ name }) => name)
  if (needed.length > 0) throw failure(`cannot be had: ${needed.join(", ")}${result.engines.length > 0 ? "; the others run" : ""}. ENGINES_OPTIONAL=${needed.join(",")} does without`)
}

const missingLine = ({ name, why, optional }: MissingEngine): string =>
  `${name}: ${why}${optional ? ` (optional: ${ENGINE_VARIABLES[name]} stays unset)` : ""}`

const down = async ({ terminal }: Cli, options: SomeEngines): Promise<void> => {
  const { takeDown } = await import("../../engines/down.ts")
  const engines = await takeDown(folderOf(options), options.only ?? ENGINE_NAMES)
  if (options.json) return terminal.print(toJsonLine({ engines }))
  const touched = engines.filter(({ stopped, gone }) => stopped.length + gone.length > 0)
  if (touched.length === 0) return terminal.print("nothing was running")
  await terminal.printAll(touched.map(({ name, stopped, gone }) => `${name}: ${[...pids("stopped", stopped), ...pids("was gone", gone)].join(", ")}`))
}

const pids = (what: string, list: readonly number[]): readonly string[] => (list.length === 0 ? [] : [`${what} (pid ${list.join(", ")})`])

const status = async ({ terminal }: Cli, options: EnginesOptions): Promise<void> => {
  const { engineStatus } = await import("../../engines/status.ts")
  const engines = await engineStatus(folderOf(options))
  await terminal.printAll(options.json ? [toJsonLine({ engines })] : renderTable(COLUMNS, engines))
}

const COLUMNS: readonly Column<EngineStatus>[] = [
  { title: "engine", value: ({ name }) => name },
  { title: "is", value: titleOf },
  { title: "url", value: ({ url }) => url },
  { title: "pid", value: ({ processes }) => processes.map(({ pid }) => pid).join(","), align: "right" },
  { title: "state", value: ({ state, gone }) => (state === "partly running" ? `${state}, without ${gone.join(",")}` : state) },
  { title: "uptime", value: ({ state, uptimeMs }) => (state === "gone" ? "" : formatDuration(uptimeMs)), align: "right" },
]
