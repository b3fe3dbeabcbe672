import type { Command } from "commander"
import type { KeyId, NamespaceId } from "#domain/kernel/ids.ts"
import { createKey } from "#commands/api-key/create-key.ts"
import { revokeKey } from "#commands/api-key/revoke-key.ts"
import { grantCredits } from "#commands/credit/grant-credits.ts"
import { newAccountId, uuidV7 } from "#commands/ids.ts"
import { createNamespace } from "#commands/namespace/create-namespace.ts"
import { apiKeyQueries, type ApiKeyView } from "#projections/api-keys/query.ts"
import { namespaceQueries } from "#projections/namespaces/query.ts"
import type { DataFolder } from "../data-folder.ts"
import { usage } from "../exit.ts"
import { requireNamespace } from "../known-namespace.ts"
import { formatCredits } from "../output/credits.ts"
import { toJsonLine } from "../output/json.ts"
import { type Column, renderTable } from "../output/table.ts"
import { formatTime } from "../output/time.ts"
import { parseKeyId, parseMicroCredits, parseNamespaceId } from "./arguments.ts"
import { caughtUp, type Cli, command, type CommonOptions, withFolder } from "./cli.ts"

interface CreateOptions extends CommonOptions {
  readonly namespace?: NamespaceId
  readonly newNamespace?: string
  readonly credits?: bigint
  readonly name: string
  readonly live?: true
}

interface ListOptions extends CommonOptions {
  readonly namespace?: NamespaceId
}

interface RevokeOptions extends CommonOptions {
  readonly reason: string
}

export const registerKeys = (program: Command, cli: Cli): void => {
  const keys = program.command("keys").description("API keys of the namespaces in this data folder")
  command(keys, "create", "make an API key; it is shown once and kept nowhere")
    .option("--namespace <id>", "for this namespace", parseNamespaceId)
    .option("--new-namespace <name>", "for a namespace made now")
    .option("--credits <micro>", "grant the namespace this much, in micro-credits (5000000 is 5 credits)", parseMicroCredits)
    .option("--name <text>", "what you call the key", "cli")
    .option("--live", "a live key instead of a test key")
    .addHelpText("after", CREATE_EXAMPLES)
    .action((options: CreateOptions) => {
      const owner = ownerOf(options)
      return withFolder(options, cli, (folder) => create(folder, cli, options, owner))
    })
  command(keys, "list", "all keys, oldest first; never the keys themselves")
    .option("--namespace <id>", "of this namespace only", parseNamespaceId)
    .action((options: ListOptions) => withFolder(options, cli, (folder) => list(folder, cli, options)))
  command(keys, "revoke", "refuse a key from now on")
    .argument("<key-id>", "the 12 characters behind rk_test_ or rk_live_", parseKeyId)
    .option("--reason <text>", "for the record", "revoked by the operator")
    .addHelpText("after", "\nExample:\n  resultity keys revoke 3fXk0aPqTz19 --reason leaked")
    .action((id: KeyId, options: RevokeOptions) => withFolder(options, cli, (folder) => revoke(folder, cli, { ...options, id })))
}

const CREATE_EXAMPLES = `
Examples:
  resultity keys create --new-namespace team --credits 5000000
  resultity keys create --namespace ns_… --name laptop --json`

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
  const { apiKey, keyId } = await folder.run(createKey({ namespaceId, mode, name: options.name }))
  await caughtUp(folder, cli)
  if (options.json) {
    return cli.terminal.print(toJsonLine({ api_key: apiKey, key_id: keyId, namespace_id: namespaceId }))
  }
  await cli.terminal.printAll([
    `API key    ${cli.terminal.style("bold", apiKey)}`,
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
  if (json) return cli.terminal.print(toJsonLine(keys.map(({ digest: _, ...shown }) => shown)))
  const names = new Map((await namespaceQueries(folder.readDb).list()).map((known) => [known.namespaceId, known.name]))
  const columns: readonly Column<ApiKeyView>[] = [
    { title: "key", value: (key) => key.keyId },
    { title: "mode", value: (key) => key.mode },
    { title: "name", value: (key) => key.name },
    { title: "namespace", value: (key) => `${key.namespaceId} ${names.get(key.namespaceId) ?? ""}` },
    { title: "created", value: (key) => formatTime(key.createdAt) },
    { title: "revoked", value: (key) => (key.revokedAt === null ? "" : formatTime(key.revokedAt)) },
  ]
  await cli.terminal.printAll(renderTable(columns, keys))
}

const revoke = async (folder: DataFolder, cli: Cli, { id, reason, json }: RevokeOptions & { readonly id: KeyId }): Promise<void> => {
  await folder.run(revokeKey({ keyId: id, reason }))
  await caughtUp(folder, cli)
  await cli.terminal.print(json ? toJsonLine({ key_id: id, revoked: true }) : `Revoked ${id}: gateways refuse it within 5 s.`)
}
