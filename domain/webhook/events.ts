import { Schema } from "effect"
import { eventCodec, type EventOf } from "../kernel/event-codec.ts"
import { NamespaceId, TimeMs, WebhookId } from "../kernel/ids.ts"

/** What a webhook can be told. `alert.raised` includes `balance.low`. */
export const WEBHOOK_TYPES = [
  "job.completed", "job.cancelled", "job.failed", "alert.raised", "alert.resolved", "balance.low",
] as const
export const WebhookType = Schema.Literals(WEBHOOK_TYPES)
export type WebhookType = typeof WebhookType.Type

export const WebhookSettings = Schema.Struct({
  /** Host of the URL, for people. The URL itself may open doors, so it lies sealed elsewhere, under this version. */
  host: Schema.String,
  urlVersion: Schema.Int,
  description: Schema.String,
  types: Schema.Array(WebhookType),
  /** Null: of all models. */
  models: Schema.NullOr(Schema.Array(Schema.String)),
  /** Whether what was asked and answered travels too. */
  includeContent: Schema.Boolean,
})
export type WebhookSettings = typeof WebhookSettings.Type

const ids = { namespaceId: NamespaceId, webhookId: WebhookId }

export const schemas = {
  WebhookCreated: Schema.Struct({ ...ids, settings: WebhookSettings, at: TimeMs }),
  /** All settings as they are from now on. */
  WebhookReconfigured: Schema.Struct({ ...ids, settings: WebhookSettings, at: TimeMs }),
  /** Signed with the secret of this version, and until `overlapUntil` with that of the one before too. */
  WebhookSecretRotated: Schema.Struct({ ...ids, secretVersion: Schema.Int, overlapUntil: TimeMs, at: TimeMs }),
  /** Nothing is delivered any more: it failed for days, said that it is gone, or its owner wants it so. */
  WebhookDisabled: Schema.Struct({ ...ids, reason: Schema.Literals(["failing", "gone", "by_owner"]), at: TimeMs }),
  WebhookEnabled: Schema.Struct({ ...ids, at: TimeMs }),
  WebhookDeleted: Schema.Struct({ ...ids, at: TimeMs }),
}

export const codec = eventCodec(schemas)
export type WebhookEvent = EventOf<typeof schemas>
