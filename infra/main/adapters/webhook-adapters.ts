import { postgresWebhookDeliveries } from "../../postgres/webhook-deliveries.ts"
import { postgresWebhookVault } from "../../postgres/webhook-vault.ts"
import { webhookSender } from "../../webhooks/send-message.ts"
import type { DataFolder } from "../data-folder.ts"
import type { WebhookAdapters } from "../network-layers.ts"

/** Messages and addresses in Postgres beside the read models, in either profile. */
export const webhookAdapters = ({ config, pool, secrets }: Pick<DataFolder, "config" | "pool" | "secrets">): WebhookAdapters => ({
  deliveries: postgresWebhookDeliveries(pool),
  sender: webhookSender(config.webhookTargets),
  vault: postgresWebhookVault(pool, { rootKey: secrets.contentRootKey }),
})
