import { Effect, Layer } from "effect"
import { WebhookDeliveries } from "#commands/ports/webhook-deliveries.ts"
import { WebhookSender } from "#commands/ports/webhook-sender.ts"
import { WebhookVault } from "#commands/ports/webhook-vault.ts"
import { webhookAdapters } from "./adapters/webhook-adapters.ts"
import type { DataFolder, FolderServices } from "./data-folder.ts"

/** Runs an effect of a command that manages webhooks. */
export const runWithWebhooks = <A, E>(
  folder: DataFolder,
  effect: Effect.Effect<A, E, FolderServices | WebhookDeliveries | WebhookSender | WebhookVault>,
): Promise<A> => {
  const { deliveries, sender, vault } = webhookAdapters(folder)
  const services = Layer.mergeAll(Layer.succeed(WebhookDeliveries, deliveries), Layer.succeed(WebhookSender, sender), Layer.succeed(WebhookVault, vault))
  return folder.run(Effect.provide(effect, services))
}
