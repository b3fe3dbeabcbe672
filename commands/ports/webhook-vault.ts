import { Context, Data, type Effect } from "effect"
import type { WebhookId } from "#domain/kernel/ids.ts"

export class WebhookVaultUnavailable extends Data.TaggedError("WebhookVaultUnavailable")<{ readonly reason: string }> {}

export interface WebhookVaultShape {
  /** Keeps an address sealed under its version; durable on success. */
  readonly keepUrl: (url: { readonly webhookId: WebhookId; readonly version: number; readonly url: string }) => Effect.Effect<void, WebhookVaultUnavailable>
  /** Null: it was never kept. */
  readonly urlOf: (webhookId: WebhookId, version: number) => Effect.Effect<string | null, WebhookVaultUnavailable>
  /** `whsec_…`: the same for the same version, and kept nowhere: whoever has the network's root key can make it again. */
  readonly secretOf: (webhookId: WebhookId, version: number) => string
}

/** What of webhooks must not be in the log. */
export class WebhookVault extends Context.Service<WebhookVault, WebhookVaultShape>()("commands/WebhookVault") {}
