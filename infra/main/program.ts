import { Command, CommanderError } from "commander"
import { readFileSync } from "node:fs"
import process from "node:process"
import { registerAlerts } from "./cli/alerts.ts"
import { registerBatches } from "./cli/batches.ts"
import { registerConfig } from "./cli/config.ts"
import { registerContent } from "./cli/content.ts"
import { registerCredits } from "./cli/credits.ts"
import { registerDoctor } from "./cli/doctor.ts"
import { registerEngines } from "./cli/engines.ts"
import { registerEvents } from "./cli/events.ts"
import { registerInferences } from "./cli/inferences.ts"
import { registerJobs } from "./cli/jobs.ts"
import { registerKeys } from "./cli/keys.ts"
import { registerNamespaces } from "./cli/namespaces.ts"
import { registerNatsAccounts } from "./cli/nats-accounts.ts"
import { registerNode } from "./cli/node.ts"
import { registerPlatform } from "./cli/platform.ts"
import { registerPrices } from "./cli/prices.ts"
import { registerReplay } from "./cli/replay.ts"
import { registerFeedback } from "./cli/feedback.ts"
import { registerReports } from "./cli/reports.ts"
import { registerRequests } from "./cli/requests.ts"
import { registerServe } from "./cli/serve.ts"
import { registerUsage } from "./cli/usage.ts"
import { registerUp } from "./cli/up.ts"
import type { Cli } from "./cli/cli.ts"
import { registerWebhooks } from "./cli/webhooks.ts"
import { EXIT } from "./exit.ts"
import { explainFailure } from "./explain-failure.ts"
import { interrupted, listenForInterrupt } from "./interrupt.ts"
import { processTerminal } from "./output/terminal.ts"

/** Runs one command line and ends the process with its documented exit code. */
export const main = async (argv: readonly string[]): Promise<void> => {
  const terminal = processTerminal()
  const cli: Cli = { terminal, interrupted: listenForInterrupt() }
  const code = await runProgram(argv, cli)
  // What is still open (sockets of a broken server, say) must not keep a finished command alive.
  process.stdout.write("", () => process.exit(code))
}

export const runProgram = async (argv: readonly string[], cli: Cli): Promise<number> => {
  try {
    await makeProgram(cli).parseAsync([...argv], { from: "user" })
    return EXIT.ok
  } catch (error) {
    if (error instanceof CommanderError) return SHOWN.has(error.code) ? EXIT.ok : EXIT.usage
    const { message, exitCode } = explainFailure(cli.interrupted.aborted ? interrupted() : error)
    if (message !== "") cli.terminal.note(`resultity: ${message}`)
    if (wantsStack(argv) && error instanceof Error) cli.terminal.note(String(error.stack))
    return exitCode
  }
}

const SHOWN = new Set(["commander.helpDisplayed", "commander.version"])

const wantsStack = (argv: readonly string[]): boolean => argv.includes("--verbose") || process.env["DEBUG"] !== undefined

const makeProgram = (cli: Cli): Command => {
  const program = new Command("resultity")
    .description("An inference network owned by its users: run it, join it, see what it did and what that cost.")
    .version(readVersion(), "--version", "print the version")
    .helpOption("-h, --help", "show this help")
    .addHelpText("after", HELP)
    .exitOverride()
    .configureOutput({
      writeErr: (text) => process.stderr.write(text),
      outputError: (text, write) => write(text.replace(/^error: /, "resultity: ")),
    })
    .showHelpAfterError("(--help shows what this command takes)")
  program.commandsGroup("Run")
  registerUp(program, cli)
  registerNode(program, cli)
  program.commandsGroup("Keys and credits")
  registerKeys(program, cli)
  registerNamespaces(program, cli)
  registerCredits(program, cli)
  registerPrices(program, cli)
  program.commandsGroup("Look")
  registerJobs(program, cli)
  registerRequests(program, cli)
  registerBatches(program, cli)
  registerFeedback(program, cli)
  registerReports(program, cli)
  registerUsage(program, cli)
  registerContent(program, cli)
  registerWebhooks(program, cli)
  registerAlerts(program, cli)
  registerInferences(program, cli)
  program.commandsGroup("The record")
  registerEvents(program, cli)
  registerReplay(program, cli)
  registerDoctor(program, cli)
  program.commandsGroup("The platform in parts")
  registerPlatform(program, cli)
  registerServe(program, cli)
  registerNatsAccounts(program, cli)
  registerConfig(program, cli)
  program.commandsGroup("Develop")
  registerEngines(program, cli)
  return program
}

const HELP = `
Examples:
  resultity up                                   network, one node and the demo model on this machine
  resultity node --join ws://host:8401/io --model ./model.gguf
  resultity keys create --new-namespace team --credits 5000000 --json
  resultity jobs show job_…                      what happened to one request, and what it cost
  resultity doctor                               is everything as it should be?

Data lies in --data, else RESULTITY_HOME, else ./data. Commands work whether \`up\` runs on that folder or not.
In a checkout: npm run resultity -- <command>

Exit codes: 0 done · 1 failed, or a difference found · 2 wrong usage · 3 cannot start (port taken, disk full,
wrong Node, data folder in use) · 130 interrupted. \`up\` and \`node\` end with 0 when they are told to stop.
--verbose or DEBUG=1 adds the stack of a failure.`

const readVersion = (): string => {
  const manifest: unknown = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"))
  return typeof manifest === "object" && manifest !== null && "version" in manifest ? String(manifest.version) : "unknown"
}
