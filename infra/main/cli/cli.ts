import { type Command, Option } from "commander"
import { resolve } from "node:path"
import process from "node:process"
import type { DataFolder } from "../data-folder.ts"
import { LOG_LEVELS, type LogLevel } from "../log-level.ts"
import type { Terminal } from "../output/terminal.ts"

/** What every command gets from its process. */
export interface Cli {
  readonly terminal: Terminal
  /** Aborted when somebody asks the process to stop. */
  readonly interrupted: AbortSignal
}

/** Options that every command takes. */
export interface CommonOptions {
  readonly data?: string
  readonly json?: true
  readonly logLevel: LogLevel
  readonly verbose?: true
}

/** Where data lies: `--data`, else `RESULTITY_HOME`, else `./data`. */
export const dataDirOf = (options: CommonOptions): string => resolve(options.data ?? process.env["RESULTITY_HOME"] ?? "data")

/** Opens the data folder for one piece of work and closes it whatever happens. */
export const withFolder = async (
  options: CommonOptions,
  cli: Cli,
  work: (folder: DataFolder) => Promise<void>,
): Promise<void> => {
  // Loaded late: `--help` and wrong usage need neither a database driver nor half a second.
  const [{ openDataFolder }, { makeLogger }] = await Promise.all([import("../data-folder.ts"), import("../logging.ts")])
  const folder = await openDataFolder(dataDirOf(options), { log: makeLogger(options.logLevel), interrupted: cli.interrupted })
  try {
    await work(folder)
  } finally {
    await folder.close()
  }
}

/** Reads what was written before; says so where the read models are late, and goes on with what they have. */
export const caughtUp = async (folder: DataFolder, { terminal }: Cli): Promise<void> => {
  const state = await folder.caughtUp()
  if (!state.current) terminal.note(`resultity: read models are behind the log: ${state.reason}; see \`resultity doctor\``)
}

/** A command with the options that every command takes. */
export const command = (parent: Command, nameAndArguments: string, description: string): Command =>
  withCommonOptions(parent.command(nameAndArguments).description(description), "warn")

/** As `command`, for what runs until it is stopped. */
export const service = (parent: Command, nameAndArguments: string, description: string): Command =>
  withCommonOptions(parent.command(nameAndArguments).description(description), "info")

const withCommonOptions = (made: Command, level: LogLevel): Command =>
  made
    .option("--data <folder>", "data folder (default: RESULTITY_HOME, else ./data)")
    .option("--json", "print JSON for scripts; amounts are decimal strings in micro-credits")
    .addOption(new Option("--log-level <level>", "what to log on stderr").choices(LOG_LEVELS).env("RESULTITY_LOG_LEVEL").default(level))
    .option("--verbose", "show the stack of a failure")
