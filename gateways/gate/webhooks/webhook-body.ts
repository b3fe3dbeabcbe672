import { Schema } from "effect"
import { WEBHOOK_TYPES } from "#domain/webhook/index.ts"
import type { WebhookView } from "#projections/webhooks/query.ts"
import type { AttemptView, DeliveryView } from "../../ports/webhook-record.ts"
import { seconds } from "../manage-deps.ts"
import { pageOf } from "../pages.ts"
import { bodyReader } from "../read-manage-body.ts"

const MAX_DESCRIPTION = 200
const MAX_MODELS = 50
const MAX_MODEL_CHARACTERS = 200

const Type = Schema.Literals(WEBHOOK_TYPES)
const Types = Schema.Array(Type).check(Schema.isMinLength(1))
const Models = Schema.NullOr(Schema.Array(Schema.String.check(Schema.isMaxLength(MAX_MODEL_CHARACTERS))).check(Schema.isMaxLength(MAX_MODELS)))
const Description = Schema.String.check(Schema.isMaxLength(MAX_DESCRIPTION))

/** Without `types` it is told everything; with `models` only of jobs of these. */
const choices = {
  description: Schema.optionalKey(Description),
  types: Schema.optionalKey(Types),
  models: Schema.optionalKey(Models),
  include_content: Schema.optionalKey(Schema.Boolean),
}

export const WebhookRequest = Schema.Struct({ namespace: Schema.String, url: Schema.String, ...choices }).annotate({ identifier: "WebhookRequest" })
export const WebhookChange = Schema.Struct({ url: Schema.optionalKey(Schema.String), ...choices, enabled: Schema.optionalKey(Schema.Boolean) }).annotate({ identifier: "WebhookChange" })
/** Seconds since 1970. */
export const ReplayRequest = Schema.Struct({ start_time: Schema.Int, end_time: Schema.Int }).annotate({ identifier: "WebhookReplayRequest" })

export const readWebhookRequest = bodyReader(WebhookRequest)
export const readWebhookChange = bodyReader(WebhookChange)
export const readReplayRequest = bodyReader(ReplayRequest)

/** What of a change concerns the settings, in our words. */
export const choicesOf = ({ description, types, models, include_content: includeContent }: Omit<typeof WebhookChange.Type, "enabled" | "url">) => ({
  ...(description !== undefined && { description }),
  ...(types !== undefined && { types: [...new Set(types)] }),
  ...(models !== undefined && { models }),
  ...(includeContent !== undefined && { includeContent }),
})

export const EVERYTHING = { description: "", types: WEBHOOK_TYPES, models: null, includeContent: false }

const webhookFields = {
  object: Schema.Literal("webhook"),
  id: Schema.String,
  namespace: Schema.String,
  /** Of the address; all of it is shown nowhere, for it may open doors. */
  host: Schema.String,
  description: Schema.String,
  types: Schema.Array(Type),
  models: Schema.NullOr(Schema.Array(Schema.String)),
  include_content: Schema.Boolean,
  enabled: Schema.Boolean,
  /** Why it is not enabled: `failing`, `gone` (it answered 410) or `by_owner`. */
  disabled_reason: Schema.NullOr(Schema.String),
  created_at: Schema.Int,
}

export const Webhook = Schema.Struct(webhookFields).annotate({ identifier: "Webhook" })
export const WebhookWithSecret = Schema.Struct({ ...webhookFields, secret: Schema.String }).annotate({ identifier: "WebhookWithSecret" })
export const WebhookList = pageOf(Webhook, "WebhookList")

export const webhookBody = (view: WebhookView): typeof Webhook.Type => ({
  object: "webhook", id: view.webhookId, namespace: view.namespaceId, host: view.host, description: view.description, types: view.types, models: view.models,
  include_content: view.includeContent, enabled: view.disabled === null, disabled_reason: view.disabled, created_at: seconds(view.createdAt),
})

const Moment = Schema.NullOr(Schema.Int)
const deliveryFields = {
  object: Schema.Literal("webhook.delivery"),
  /** The `webhook-id` of its every attempt. */
  id: Schema.String,
  type: Schema.String,
  job: Schema.NullOr(Schema.String),
  state: Schema.Literals(["pending", "delivered", "failed"]),
  attempts: Schema.Int,
  happened_at: Schema.Int,
  created_at: Schema.Int,
  next_attempt_at: Moment,
  ended_at: Moment,
}
const Attempt = Schema.Struct({ number: Schema.Int, at: Schema.Int, duration_ms: Schema.Int, status: Schema.NullOr(Schema.Int), problem: Schema.NullOr(Schema.String) })

export const Delivery = Schema.Struct(deliveryFields).annotate({ identifier: "WebhookDelivery" })
export const DeliveryWithHistory = Schema.Struct({ ...deliveryFields, history: Schema.Array(Attempt) }).annotate({ identifier: "WebhookDeliveryWithHistory" })
export const DeliveryList = pageOf(Delivery, "WebhookDeliveryList")

export const deliveryBody = (view: DeliveryView): typeof Delivery.Type => ({
  object: "webhook.delivery", id: view.deliveryId, type: view.type, job: view.jobId, state: view.state, attempts: view.attempts,
  happened_at: seconds(view.happenedAt), created_at: seconds(view.madeAt),
  next_attempt_at: view.nextAt === null ? null : seconds(view.nextAt), ended_at: view.endedAt === null ? null : seconds(view.endedAt),
})

export const attemptBody = ({ attempt, at, durationMs, status, problem }: AttemptView): typeof Attempt.Type => ({
  number: attempt, at: seconds(at), duration_ms: durationMs, status, problem,
})
