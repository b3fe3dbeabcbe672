import type { Command } from "commander"
import type { AccountId, NamespaceId } from "#domain/kernel/ids.ts"
import { newAccountId } from "#commands/ids.ts"
import { changeRetention, deleteNamespace, renameNamespace } from "#commands/namespace/change-namespace.ts"
import { createNamespace } from "#commands/namespace/create-namespace.ts"
import { apiKeyQueries } from "#projections/api-keys/query.ts"
import { balanceQueries } from "#projections/balances/query.ts"
import { namespaceQueries, type NamespaceView } from "#projections/namespaces/query.ts"
import type { DataFolder } from "../data-folder.ts"
import { failure, usage } from "../exit.ts"
import { formatCredits } from "../output/credits.ts"
import { toJsonLine } from "../output/json.ts"
import { type Column, renderTable } from "../output/table.ts"
import { formatTime } from "../output/time.ts"
import { parseAccountId, parseDays, parseNamespaceId } from "./arguments.ts"
import { caughtUp, type Cli, command, type CommonOptions, withFolder } from "./cli.ts"

interface CreateOptions extends CommonOptions {
  readonly account?: AccountId
  readonly newAccount?: true
}

interface ListOptions extends CommonOptions {
  readonly account?: AccountId
}

const ID = "<namespace-id>"

export const registerNamespaces = (program: Command, cli: Cli): void => {
  const namespaces = program.command("namespaces").description("partitions of accounts: each has its own keys and balance")
  command(namespaces, "create", "make a namespace")
    .argument("<name>", "letters, digits, dash, dot and underscore")
    .option("--account <id>", "in this account", parseAccountId)
    .option("--new-account", "in an account made now")
    .addHelpText("after", "\nExample:\n  resultity namespaces create prod --account acct_…")
    .action((name: string, options: CreateOptions) => {
      if ((options.account === undefined) === (options.newAccount === undefined)) throw usage("say whose it is: either --account ID or --new-account")
      return withFolder(options, cli, (folder) => create(folder, cli, name, options))
    })
  command(namespaces, "list", "all namespaces, oldest first")
    .option("--account <id>", "of this account only", parseAccountId)
    .action((options: ListOptions) => withFolder(options, cli, (folder) => list(folder, cli, options)))
  command(namespaces, "show", "one namespace, its balance and how many keys it has")
    .argument(ID, "", parseNamespaceId)
    .action((id: NamespaceId, options: CommonOptions) => withFolder(options, cli, (folder) => show(folder, cli, id, options)))
  command(namespaces, "rename", "give a namespace another name")
    .argument(ID, "", parseNamespaceId)
    .argument("<name>", "letters, digits, dash, dot and underscore")
    .action((id: NamespaceId, name: string, options: CommonOptions) =>
      withFolder(options, cli, async (folder) => {
        await folder.run(renameNamespace({ namespaceId: id, name }))
        await show(folder, cli, id, options)
      }))
  command(namespaces, "retention", "how long its prompts and answers are kept")
    .argument(ID, "", parseNamespaceId)
    .argument("<days>", "0 to 365; 0 deletes them when the answer is complete", parseDays)
    .action((id: NamespaceId, retentionDays: number, options: CommonOptions) =>
      withFolder(options, cli, async (folder) => {
        await folder.run(changeRetention({ namespaceId: id, retentionDays }))
        await show(folder, cli, id, options)
      }))
  command(namespaces, "delete", "for ever; its keys are revoked and its balance is moved out before")
    .argument(ID, "", parseNamespaceId)
    .addHelpText("after", "\nBefore:\n  resultity keys revoke …\n  resultity credits transfer --from ns_… --to ns_… --amount …")
    .action((id: NamespaceId, options: CommonOptions) => withFolder(options, cli, (folder) => remove(folder, cli, id, options)))
}

const create = async (folder: DataFolder, cli: Cli, name: string, { account, json }: CreateOptions): Promise<void> => {
  const accountId = account ?? newAccountId()
  if (account !== undefined) await requireAccount(folder, cli, account)
  const { namespaceId } = await folder.run(createNamespace({ accountId, name, namespaceId: null }))
  await caughtUp(folder, cli)
  if (json) return cli.terminal.print(toJsonLine({ namespace_id: namespaceId, account_id: accountId, name }))
  await cli.terminal.printAll([`Namespace  ${namespaceId} ${name}`, `Account    ${accountId}`])
}

/** An account is known by its first namespace. */
const requireAccount = async (folder: DataFolder, cli: Cli, accountId: AccountId): Promise<void> => {
  await caughtUp(folder, cli)
  const own = await namespaceQueries(folder.readDb).list({ accountId })
  if (own.length === 0) throw failure(`there is no account ${accountId} in ${folder.dir}`)
}

const list = async (folder: DataFolder, cli: Cli, { json, account }: ListOptions): Promise<void> => {
  await caughtUp(folder, cli)
  const namespaces = await namespaceQueries(folder.readDb).list(account === undefined ? {} : { accountId: account })
  if (json) return cli.terminal.print(toJsonLine(namespaces))
  await cli.terminal.printAll(renderTable(COLUMNS, namespaces))
}

const COLUMNS: readonly Column<NamespaceView>[] = [
  { title: "namespace", value: (one) => one.namespaceId },
  { title: "name", value: (one) => one.name },
  { title: "account", value: (one) => one.accountId },
  { title: "created", value: (one) => formatTime(one.createdAt) },
  { title: "keeps", value: (one) => `${one.retentionDays} d`, align: "right" },
  { title: "deleted", value: (one) => (one.deletedAt === null ? "" : formatTime(one.deletedAt)) },
]

const known = async (folder: DataFolder, cli: Cli, id: NamespaceId): Promise<NamespaceView> => {
  await caughtUp(folder, cli)
  const found = await namespaceQueries(folder.readDb).find(id)
  if (found === null) throw failure(`there is no namespace ${id} in ${folder.dir}`)
  return found
}

const show = async (folder: DataFolder, cli: Cli, id: NamespaceId, { json }: CommonOptions): Promise<void> => {
  const found = await known(folder, cli, id)
  const { available, held, spent } = await balanceQueries(folder.readDb).ofNamespace(id)
  const activeKeys = await apiKeyQueries(folder.readDb).countActive(id)
  if (json) return cli.terminal.print(toJsonLine({ ...found, activeKeys, balance: { available, held, spent } }))
  await cli.terminal.printAll([
    `Namespace  ${found.namespaceId} ${found.name}`,
    `Account    ${found.accountId}`,
    `Created    ${formatTime(found.createdAt)}`,
    ...(found.deletedAt === null ? [] : [`Deleted    ${formatTime(found.deletedAt)}`]),
    `Keeps      prompts and answers for ${found.retentionDays} days`,
    `Keys       ${activeKeys}`,
    `Available  ${formatCredits(available)} credits, ${formatCredits(held)} held, ${formatCredits(spent)} spent`,
  ])
}

const remove = async (folder: DataFolder, cli: Cli, id: NamespaceId, { json }: CommonOptions): Promise<void> => {
  await known(folder, cli, id)
  const activeKeys = await apiKeyQueries(folder.readDb).countActive(id)
  await folder.run(deleteNamespace({ namespaceId: id, activeKeys }))
  await caughtUp(folder, cli)
  await cli.terminal.print(json ? toJsonLine({ namespace_id: id, deleted: true }) : `Deleted ${id}.`)
}
