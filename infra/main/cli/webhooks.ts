import { type Command, Option } from "commander"
import type { NamespaceId, WebhookId } from "#domain/kernel/ids.ts"
import { createWebhook, deleteWebhook, disableWebhook, enableWebhook, rotateWebhookSecret } from "#commands/webhook/manage-webhooks.ts"
import { WEBHOOK_TYPES } from "#domain/webhook/index.ts"
import { webhookQueries, type WebhookView } from "#projections/webhooks/query.ts"
import type { DataFolder } from "../data-folder.ts"
import { requireNamespace } from "../known-namespace.ts"
import { requireWebhook } from "../known-webhook.ts"
import { toJsonLine } from "../output/json.ts"
import { type Column, renderTable } from "../output/table.ts"
import { formatTime } from "../output/time.ts"
import { runWithWebhooks } from "../with-webhooks.ts"
import { parseNamespaceId, parseTypes, parseWebhookId } from "./arguments.ts"
import { caughtUp, type Cli, command, type CommonOptions, withFolder } from "./cli.ts"
import { registerDeliveries } from "./webhook-deliveries.ts"

interface CreateOptions extends CommonOptions {
  readonly namespace: NamespaceId
  readonly types: typeof WEBHOOK_TYPES
  readonly model?: readonly string[]
  readonly includeContent?: true
  readonly description: string
}

interface ListOptions extends CommonOptions {
  readonly namespace: NamespaceId
}

export const registerWebhooks = (program: Command, cli: Cli): void => {
  const webhooks = program.command("webhooks").description("addresses that are told what happens in a namespace")
  command(webhooks, "create", "make a webhook; its secret is shown here and by rotate only")
    .argument("<url>", "where messages go: https://…")
    .requiredOption("--namespace <id>", "whose events", parseNamespaceId)
    .addOption(new Option("--types <list>", `of ${WEBHOOK_TYPES.join(", ")}`).argParser(parseTypes).default(WEBHOOK_TYPES, "all"))
    .option("--model <name...>", "of jobs of these models only")
    .option("--include-content", "send what was asked and answered too")
    .option("--description <text>", "what you call it", "")
    .addHelpText("after", "\nExample:\n  resultity webhooks create https://example.com/hook --namespace ns_… --types job.failed,balance.low")
    .action((url: string, options: CreateOptions) => withFolder(options, cli, (folder) => create(folder, cli, { ...options, url })))
  command(webhooks, "list", "the webhooks of a namespace, oldest first")
    .requiredOption("--namespace <id>", "whose webhooks", parseNamespaceId)
    .action((options: ListOptions) => withFolder(options, cli, (folder) => list(folder, cli, options)))
  change(webhooks, cli, "rotate", "give a webhook a new secret; for a day messages are signed with both", async (folder, one) =>
    ({ secret: (await runWithWebhooks(folder, rotateWebhookSecret(one))).secret }))
  change(webhooks, cli, "enable", "tell a disabled webhook again", async (folder, one) => void (await runWithWebhooks(folder, enableWebhook(one))))
  change(webhooks, cli, "disable", "tell a webhook nothing for now", async (folder, one) => void (await runWithWebhooks(folder, disableWebhook(one))))
  change(webhooks, cli, "delete", "delete a webhook", async (folder, one) => void (await runWithWebhooks(folder, deleteWebhook(one))))
  registerDeliveries(webhooks, cli)
}

const create = async (folder: DataFolder, cli: Cli, options: CreateOptions & { readonly url: string }): Promise<void> => {
  const { namespace: namespaceId, url, types, model = null, includeContent = false, description } = options
  await requireNamespace(folder, namespaceId)
  const choices = { types, models: model, includeContent, description }
  const { webhookId, secret } = await runWithWebhooks(folder, createWebhook({ namespaceId, url, choices }))
  await caughtUp(folder, cli)
  if (options.json) return cli.terminal.print(toJsonLine({ webhook_id: webhookId, namespace_id: namespaceId, secret }))
  await cli.terminal.printAll([`Webhook  ${webhookId}`, `Secret   ${cli.terminal.style("bold", secret)}`, "", "Keep the secret now: receivers check signatures with it."])
}

const list = async (folder: DataFolder, cli: Cli, { namespace, json }: ListOptions): Promise<void> => {
  await caughtUp(folder, cli)
  const all = await webhookQueries(folder.readDb).list([namespace])
  if (json) return cli.terminal.print(toJsonLine(all))
  await cli.terminal.printAll(renderTable(COLUMNS, all))
}

const COLUMNS: readonly Column<WebhookView>[] = [
  { title: "webhook", value: (webhook) => webhook.webhookId },
  { title: "host", value: (webhook) => webhook.host },
  { title: "types", value: (webhook) => webhook.types.join(",") },
  { title: "models", value: (webhook) => webhook.models?.join(",") ?? "all" },
  { title: "content", value: (webhook) => (webhook.includeContent ? "yes" : "no") },
  { title: "state", value: (webhook) => webhook.disabled ?? "enabled" },
  { title: "created", value: (webhook) => formatTime(webhook.createdAt) },
  { title: "description", value: (webhook) => webhook.description },
]

const change = (
  webhooks: Command, cli: Cli, name: string, description: string, work: (folder: DataFolder, one: WebhookView) => Promise<object | void>,
): void => {
  command(webhooks, name, description)
    .argument("<webhook-id>", "see list", parseWebhookId)
    .action((id: WebhookId, options: CommonOptions) => withFolder(options, cli, async (folder) => {
      const shown = { webhook_id: id, done: name, ...(await work(folder, await requireWebhook(folder, cli, id))) }
      await caughtUp(folder, cli)
      const lines = Object.entries(shown).map(([title, value]) => `${title}  ${String(value)}`)
      await (options.json ? cli.terminal.print(toJsonLine(shown)) : cli.terminal.printAll(lines))
    }))
}
