import type { Command } from "commander"
import { Effect } from "effect"
import { WebhookDeliveries } from "#commands/ports/webhook-deliveries.ts"
import type { WebhookId } from "#domain/kernel/ids.ts"
import type { DeliveryView } from "#gateways/ports/webhook-record.ts"
import { postgresWebhookRecord } from "../../postgres/webhook-record.ts"
import { usage } from "../exit.ts"
import { requireWebhook } from "../known-webhook.ts"
import { toJsonLine } from "../output/json.ts"
import { type Column, renderTable } from "../output/table.ts"
import { formatTime } from "../output/time.ts"
import { runWithWebhooks } from "../with-webhooks.ts"
import { parseCount, parseWebhookId } from "./arguments.ts"
import { type Cli, command, type CommonOptions, withFolder } from "./cli.ts"

interface ListOptions extends CommonOptions {
  readonly limit: number
}

interface ReplayOptions extends CommonOptions {
  readonly delivery?: string
  readonly hours?: number
}

const LINES = 50
const HOUR_MS = 3_600_000
const MAX_REPLAYED = 10_000

/** What was sent to a webhook, and sending it again. */
export const registerDeliveries = (webhooks: Command, cli: Cli): void => {
  command(webhooks, "test", "send a message of the type webhook.test")
    .argument("<webhook-id>", "see list", parseWebhookId)
    .action((id: WebhookId, options: CommonOptions) => withFolder(options, cli, async (folder) => {
      const { webhookId, namespaceId } = await requireWebhook(folder, cli, id)
      const sent = await runWithWebhooks(folder, Effect.flatMap(WebhookDeliveries, ({ test }) => test({ webhookId, namespaceId, now: Date.now() })))
      await cli.terminal.print(options.json ? toJsonLine({ delivery_id: sent }) : `${sent} is on its way: see \`resultity webhooks deliveries ${id}\``)
    }))
  command(webhooks, "deliveries", "what was sent to a webhook, newest first")
    .argument("<webhook-id>", "see list", parseWebhookId)
    .option("--limit <n>", "at most so many", parseCount, LINES)
    .action((id: WebhookId, options: ListOptions) => withFolder(options, cli, async (folder) => {
      await requireWebhook(folder, cli, id)
      const all = await postgresWebhookRecord(folder.pool).list({ webhookId: id, state: null, after: null, limit: options.limit })
      await (options.json ? cli.terminal.print(toJsonLine(all)) : cli.terminal.printAll(renderTable(COLUMNS, all)))
    }))
  command(webhooks, "replay", "send one message again, or everything of the last hours")
    .argument("<webhook-id>", "see list", parseWebhookId)
    .option("--delivery <id>", "this message")
    .option("--hours <n>", "what happened in the last so many hours", parseCount)
    .action((id: WebhookId, options: ReplayOptions) => {
      if ((options.delivery === undefined) === (options.hours === undefined)) throw usage("say what to send again: either --delivery ID or --hours N")
      return withFolder(options, cli, async (folder) => {
        await requireWebhook(folder, cli, id)
        const count = await runWithWebhooks(folder, Effect.flatMap(WebhookDeliveries, (deliveries) => {
          const now = Date.now()
          if (options.delivery !== undefined) {
            return Effect.map(deliveries.replay({ webhookId: id, deliveryId: options.delivery, now }), (known) => (known ? 1 : 0))
          }
          return deliveries.replayTime({ webhookId: id, from: now - (options.hours ?? 0) * HOUR_MS, until: now, limit: MAX_REPLAYED, now })
        }))
        await cli.terminal.print(options.json ? toJsonLine({ deliveries: count }) : `${count} on their way`)
      })
    })
}

const COLUMNS: readonly Column<DeliveryView>[] = [
  { title: "delivery", value: (delivery) => delivery.deliveryId },
  { title: "type", value: (delivery) => delivery.type },
  { title: "state", value: (delivery) => delivery.state },
  { title: "attempts", value: (delivery) => String(delivery.attempts), align: "right" },
  { title: "happened", value: (delivery) => formatTime(delivery.happenedAt) },
  { title: "next", value: (delivery) => (delivery.nextAt === null ? "" : formatTime(delivery.nextAt)) },
]
