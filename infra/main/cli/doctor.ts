import { type Command, Option } from "commander"
import { existsSync } from "node:fs"
import { join } from "node:path"
import { openDataFolder } from "../data-folder.ts"
import { DEMO_MODEL } from "../demo-model.ts"
import { fail, type Finding, ok } from "../doctor/check.ts"
import { checkFolder, checkSecretFiles } from "../doctor/folder-files.ts"
import { checkBinaries, checkDisk, checkModel, checkNode, checkPort } from "../doctor/machine.ts"
import { checkRecord } from "../doctor/record.ts"
import { CliFailure, EXIT } from "../exit.ts"
import { explainFailure } from "../explain-failure.ts"
import { lockHolder } from "../folder-lock.ts"
import { makeLogger } from "../logging.ts"
import { toJsonLine } from "../output/json.ts"
import type { Terminal } from "../output/terminal.ts"
import { parsePort } from "./arguments.ts"
import { type Cli, command, type CommonOptions, dataDirOf } from "./cli.ts"

interface DoctorOptions extends CommonOptions {
  readonly port: number
  readonly model: string
}

const DEFAULT_PORT = 8400

export const registerDoctor = (program: Command, cli: Cli): void => {
  command(program, "doctor", "is this machine and this data folder as they should be? exit code 1 if not")
    .option("--port <n>", "the API port you want to use; the two behind it are looked at too", parsePort, DEFAULT_PORT)
    .addOption(new Option("--model <file>", "the model file you want to serve").default(DEMO_MODEL, "the demo model"))
    .addHelpText("after", "\nExample:\n  resultity doctor --json | jq '.[] | select(.status != \"ok\")'")
    .action((options: DoctorOptions) => doctor(cli, options))
}

const doctor = async (cli: Cli, options: DoctorOptions): Promise<void> => {
  const findings = await examine(cli, options)
  const lines = options.json ? [toJsonLine(findings)] : findings.flatMap((finding) => readable(finding, cli.terminal))
  await cli.terminal.printAll(lines)
  const failed = findings.filter((finding) => finding.status === "fail").length
  if (failed > 0) throw new CliFailure(`${failed} of ${findings.length} checks failed`, EXIT.failure)
}

const examine = async (cli: Cli, options: DoctorOptions): Promise<readonly Finding[]> => {
  const dir = dataDirOf(options)
  const machine = [checkNode(), ...checkBinaries(), checkModel(options.model), await checkDisk(dir)]
  const files = [await checkFolder(dir), await checkSecretFiles(dir)]
  const { findings, upPid } = await examineRecord(cli, options, dir)
  const ports = [
    await checkPort("api port", options.port, upPid),
    await checkPort("node port", options.port + 1, upPid),
    await checkPort("admin port", options.port + 2, upPid),
  ]
  return [...machine, ...files, ...findings, ...ports]
}

interface RecordFindings {
  readonly findings: readonly Finding[]
  /** The network that runs on the folder, if one does. */
  readonly upPid: number | null
}

/** Looks, and leaves no folder behind that was not there. */
const examineRecord = async (cli: Cli, options: DoctorOptions, dir: string): Promise<RecordFindings> => {
  if (!existsSync(join(dir, "secrets.json"))) return { findings: [ok("postgres", "not started yet: no data")], upPid: null }
  try {
    const folder = await openDataFolder(dir, { log: makeLogger(options.logLevel), interrupted: cli.interrupted })
    try {
      return { findings: await checkRecord(folder), upPid: await lockHolder(folder.url) }
    } finally {
      await folder.close()
    }
  } catch (error) {
    const advice = `read ${join(dir, "postgres.log")}; the data itself is untouched`
    return { findings: [fail("postgres", explainFailure(error).message, advice)], upPid: null }
  }
}

const STYLES = { ok: "green", warn: "yellow", fail: "red" } as const
const STATUS_WIDTH = 5
const CHECK_WIDTH = 16

const readable = ({ check, status, detail, advice }: Finding, terminal: Terminal): readonly string[] => [
  `${terminal.style(STYLES[status], status.padEnd(STATUS_WIDTH))} ${check.padEnd(CHECK_WIDTH)} ${detail}`,
  ...(advice === "" ? [] : [`${" ".repeat(STATUS_WIDTH + 1 + CHECK_WIDTH)} ${terminal.style("dim", `→ ${advice}`)}`]),
]
