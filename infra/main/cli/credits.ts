import type { Command } from "commander"
import type { NamespaceId } from "#domain/kernel/ids.ts"
import { grantCredits } from "#commands/credit/grant-credits.ts"
import { uuidV7 } from "#commands/ids.ts"
import { balanceQueries } from "#projections/balances/query.ts"
import { type StatementLine, statementQueries } from "#projections/statement/query.ts"
import type { DataFolder } from "../data-folder.ts"
import { chooseNamespace } from "../known-namespace.ts"
import { formatCredits } from "../output/credits.ts"
import { toJsonLine } from "../output/json.ts"
import { type Column, renderTable } from "../output/table.ts"
import { formatTime } from "../output/time.ts"
import { parseCount, parseMicroCredits, parseNamespaceId, parsePosition } from "./arguments.ts"
import { registerTransfer } from "./transfer-credits.ts"
import { caughtUp, type Cli, command, type CommonOptions, withFolder } from "./cli.ts"

interface NamespaceOptions extends CommonOptions {
  readonly namespace?: NamespaceId
}

interface GrantOptions extends NamespaceOptions {
  readonly amount: bigint
  readonly reason: string
  readonly id?: string
}

interface StatementOptions extends NamespaceOptions {
  readonly limit: number
  readonly before?: bigint
}

const STATEMENT_LINES = 50

export const registerCredits = (program: Command, cli: Cli): void => {
  const credits = program.command("credits").description("what a namespace has, had and paid for")
  ofNamespace(credits, "grant", "give a namespace credits")
    .requiredOption("--amount <micro>", "micro-credits: 5000000 is 5 credits", parseMicroCredits)
    .option("--reason <text>", "for the record", "granted by the operator")
    .option("--id <text>", "a grant of this id happens once, however often it is asked for (default: a new id)")
    .addHelpText("after", "\nExample:\n  resultity credits grant --namespace ns_… --amount 5000000 --reason 'trial'")
    .action((options: GrantOptions) => withFolder(options, cli, (folder) => grant(folder, cli, options)))
  ofNamespace(credits, "balance", "what is available, held for running jobs, and spent")
    .addHelpText("after", "\nExample:\n  resultity credits balance --namespace ns_… --json")
    .action((options: NamespaceOptions) => withFolder(options, cli, (folder) => balance(folder, cli, options)))
  registerTransfer(credits, cli)
  ofNamespace(credits, "statement", "each grant, hold, price and release, newest first")
    .option("--limit <n>", "at most so many lines", parseCount, STATEMENT_LINES)
    .option("--before <position>", "go on behind a page: the position of its last line", parsePosition)
    .addHelpText("after", "\nExample:\n  resultity credits statement --namespace ns_… --limit 10")
    .action((options: StatementOptions) => withFolder(options, cli, (folder) => statement(folder, cli, options)))
}

const ofNamespace = (parent: Command, name: string, description: string): Command =>
  command(parent, name, description).option("--namespace <id>", "whose credits (default: the demo's)", parseNamespaceId)

const grant = async (folder: DataFolder, cli: Cli, options: GrantOptions): Promise<void> => {
  const { amount, reason } = options
  const namespaceId = await chooseNamespace(folder, options.namespace)
  await folder.run(grantCredits({ namespaceId, grantId: options.id ?? `cli/${uuidV7()}`, amount, reason }))
  await balance(folder, cli, options)
}

const balance = async (folder: DataFolder, cli: Cli, options: NamespaceOptions): Promise<void> => {
  const namespaceId = await chooseNamespace(folder, options.namespace)
  await caughtUp(folder, cli)
  const { available, held, spent } = await balanceQueries(folder.readDb).ofNamespace(namespaceId)
  if (options.json) return cli.terminal.print(toJsonLine({ available, held, spent }))
  const width = Math.max(...[available, held, spent].map((amount) => formatCredits(amount).length))
  const line = (name: string, amount: bigint) => `${name.padEnd(10)} ${formatCredits(amount).padStart(width)} credits`
  await cli.terminal.printAll([line("available", available), line("held", held), line("spent", spent)])
}

const statement = async (folder: DataFolder, cli: Cli, options: StatementOptions): Promise<void> => {
  const namespaceId = await chooseNamespace(folder, options.namespace)
  await caughtUp(folder, cli)
  const { limit, before } = options
  const lines = await statementQueries(folder.readDb).list(namespaceId, before === undefined ? { limit } : { limit, before })
  if (options.json) return cli.terminal.print(toJsonLine(lines))
  await cli.terminal.printAll(renderTable(STATEMENT_COLUMNS, lines))
}

const STATEMENT_COLUMNS: readonly Column<StatementLine>[] = [
  { title: "position", value: (line) => String(line.position), align: "right" },
  { title: "time", value: (line) => formatTime(line.at) },
  { title: "what", value: (line) => line.kind },
  { title: "credits", value: (line) => formatCredits(line.amount), align: "right" },
  { title: "available", value: (line) => formatCredits(line.balance), align: "right" },
  { title: "price", value: (line) => (line.price === null ? "" : formatCredits(line.price)), align: "right" },
  { title: "tokens", value: (line) => (line.completionTokens === null ? "" : `${line.promptTokens ?? 0}+${line.completionTokens}`), align: "right" },
  { title: "for", value: (line) => [line.reason, line.jobId].filter((part) => part !== null).join(" ") },
]
