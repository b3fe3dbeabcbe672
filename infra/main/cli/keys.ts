import type { Command } from "commander"
import { DEFAULT_LIMITS } from "#domain/api-key/index.ts"
import type { NamespaceId } from "#domain/kernel/ids.ts"
import { createKey } from "#commands/api-key/create-key.ts"
import { grantCredits } from "#commands/credit/grant-credits.ts"
import { newAccountId, uuidV7 } from "#commands/ids.ts"
import { createNamespace } from "#commands/namespace/create-namespace.ts"
import { apiKeyQueries } from "#projections/api-keys/query.ts"
import { namespaceQueries } from "#projections/namespaces/query.ts"
import type { DataFolder } from "../data-folder.ts"
import { usage } from "../exit.ts"
import { requireNamespace } from "../known-namespace.ts"
import { formatCredits } from "../output/credits.ts"
import { toJsonLine } from "../output/json.ts"
import { keyColumns, shownKey } from "../output/keys.ts"
import { renderTable } from "../output/table.ts"
import { parseMicroCredits, parseNamespaceId } from "./arguments.ts"
import { caughtUp, type Cli, command, type CommonOptions, withFolder } from "./cli.ts"
import { registerKeyChanges } from "./change-keys.ts"
import { limitsFrom, type LimitOptions, withLimitOptions } from "./key-limits.ts"

interface CreateOptions extends CommonOptions, LimitOptions {
  readonly namespace?: NamespaceId
  readonly newNamespace?: string
  readonly credits?: bigint
  readonly name: string
  readonly live?: true
  readonly manage?: true
}

interface ListOptions extends CommonOptions {
  readonly namespace?: NamespaceId
}

export const registerKeys = (program: Command, cli: Cli): void => {
  const keys = program.command("keys").description("API keys of the namespaces in this data folder")
  withLimitOptions(command(keys, "create", "make an API key; it is shown once and kept nowhere"))
    .option("--namespace <id>", "for this namespace", parseNamespaceId)
    .option("--new-namespace <name>", "for a namespace made now")
    .option("--credits <micro>", "grant the namespace this much, in micro-credits (5000000 is 5 credits)", parseMicroCredits)
    .option("--name <text>", "what you call the key", "cli")
    .option("--live", "a live key instead of a test key")
    .option("--manage", "a key that manages its account's namespaces and keys instead of asking models")
    .addHelpText("after", CREATE_EXAMPLES)
    .action((options: CreateOptions) => {
      const owner = ownerOf(options)
      return withFolder(options, cli, (folder) => create(folder, cli, options, owner))
    })
  command(keys, "list", "all keys, oldest first; never the keys themselves")
    .option("--namespace <id>", "of this namespace only", parseNamespaceId)
    .action((options: ListOptions) => withFolder(options, cli, (folder) => list(folder, cli, options)))
  registerKeyChanges(keys, cli)
}

const CREATE_EXAMPLES = `
Examples:
  resultity keys create --new-namespace team --credits 5000000
  resultity keys create --namespace ns_… --name laptop --json
  resultity keys create --namespace ns_… --spend-per-day 2000000 --models tiny-chat --expires-at 2026-12-31
A new key may ask ${DEFAULT_LIMITS.requestsPerSecond} times a second unless --requests-per-second says otherwise.`

type Owner = { readonly existing: NamespaceId } | { readonly newName: string }

const ownerOf = ({ namespace, newNamespace }: CreateOptions): Owner => {
  if (namespace !== undefined && newNamespace === undefined) return { existing: namespace }
  if (namespace === undefined && newNamespace !== undefined) return { newName: newNamespace }
  throw usage("say whose key it is: either --namespace ID or --new-namespace NAME")
}

const create = async (folder: DataFolder, cli: Cli, options: CreateOptions, owner: Owner): Promise<void> => {
  const namespaceId = await namespaceFor(folder, owner)
  const amount = options.credits ?? 0n
  if (amount > 0n) {
    await folder.run(grantCredits({ namespaceId, grantId: `cli/${uuidV7()}`, amount, reason: "granted with a new key" }))
  }
  const mode = options.live === true ? "live" : "test"
  const limits = { ...DEFAULT_LIMITS, ...limitsFrom(options) }
  const right = options.manage === true ? "manage" : "inference"
  const wanted = { namespaceId, mode, right, limits, name: options.name, by: null, keyId: null, rootKeyId: null } as const
  const { apiKey, keyId } = await folder.run(createKey(wanted))
  await caughtUp(folder, cli)
  if (options.json) {
    return cli.terminal.print(toJsonLine({ api_key: apiKey, key_id: keyId, namespace_id: namespaceId }))
  }
  await cli.terminal.printAll([
    `API key    ${cli.terminal.style("bold", apiKey ?? "")}`,
    `Key id     ${keyId}`,
    `Namespace  ${namespaceId}`,
    ...(amount > 0n ? [`Granted    ${formatCredits(amount)} credits`] : []),
    "",
    "Keep the key now: only a keyed hash of it is stored.",
  ])
}

const namespaceFor = async (folder: DataFolder, owner: Owner): Promise<NamespaceId> => {
  if ("existing" in owner) {
    await requireNamespace(folder, owner.existing)
    return owner.existing
  }
  const created = createNamespace({ accountId: newAccountId(), name: owner.newName, namespaceId: null })
  return (await folder.run(created)).namespaceId
}

const list = async (folder: DataFolder, cli: Cli, { json, namespace }: ListOptions): Promise<void> => {
  await caughtUp(folder, cli)
  const keys = await apiKeyQueries(folder.readDb).list(namespace === undefined ? {} : { namespaceId: namespace })
  if (json) return cli.terminal.print(toJsonLine(keys.map(shownKey)))
  const names = new Map((await namespaceQueries(folder.readDb).list()).map((known) => [String(known.namespaceId), known.name]))
  const columns = keyColumns((id) => names.get(id) ?? "", Date.now())
  await cli.terminal.printAll(renderTable(columns, keys))
}
