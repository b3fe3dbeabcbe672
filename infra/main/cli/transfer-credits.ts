import type { Command } from "commander"
import type { NamespaceId } from "#domain/kernel/ids.ts"
import { transferCredits } from "#commands/credit/transfer-credits.ts"
import { uuidV7 } from "#commands/ids.ts"
import type { DataFolder } from "../data-folder.ts"
import { failure } from "../exit.ts"
import { formatCredits } from "../output/credits.ts"
import { toJsonLine } from "../output/json.ts"
import { parseMicroCredits, parseNamespaceId } from "./arguments.ts"
import { caughtUp, type Cli, command, type CommonOptions, withFolder } from "./cli.ts"

interface TransferOptions extends CommonOptions {
  readonly from: NamespaceId
  readonly to: NamespaceId
  readonly amount: bigint
  readonly id?: string
}

export const registerTransfer = (credits: Command, cli: Cli): void => {
  command(credits, "transfer", "move credits between two namespaces of one account")
    .requiredOption("--from <id>", "the namespace that has them", parseNamespaceId)
    .requiredOption("--to <id>", "the namespace that gets them", parseNamespaceId)
    .requiredOption("--amount <micro>", "micro-credits: 5000000 is 5 credits", parseMicroCredits)
    .option("--id <text>", "a transfer of this id happens once, however often it is asked for (default: a new id)")
    .addHelpText("after", "\nExample:\n  resultity credits transfer --from ns_… --to ns_… --amount 5000000")
    .action((options: TransferOptions) => withFolder(options, cli, (folder) => transfer(folder, cli, options)))
}

const transfer = async (folder: DataFolder, cli: Cli, { from, to, amount, id, json }: TransferOptions): Promise<void> => {
  const transferId = id ?? `cli/${uuidV7()}`
  const { outcome } = await folder.run(transferCredits({ transferId, fromNamespaceId: from, toNamespaceId: to, amount }))
  await caughtUp(folder, cli)
  if (outcome === "returned") throw failure(`${to} was deleted meanwhile: the credits are back in ${from}`)
  const told = { transfer_id: transferId, from_namespace_id: from, to_namespace_id: to, amount }
  await cli.terminal.print(json ? toJsonLine(told) : `Moved ${formatCredits(amount)} credits from ${from} to ${to}.`)
}
