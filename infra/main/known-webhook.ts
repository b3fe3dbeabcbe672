import type { WebhookId } from "#domain/kernel/ids.ts"
import { webhookQueries, type WebhookView } from "#projections/webhooks/query.ts"
import { caughtUp, type Cli } from "./cli/cli.ts"
import type { DataFolder } from "./data-folder.ts"
import { failure } from "./exit.ts"

/** The webhook by this id, or the failure that says that there is none. */
export const requireWebhook = async (folder: DataFolder, cli: Cli, id: WebhookId): Promise<WebhookView> => {
  await caughtUp(folder, cli)
  const found = await webhookQueries(folder.readDb).find(id)
  if (found === null) throw failure(`there is no webhook ${id}; \`resultity webhooks list\` shows them`)
  return found
}
