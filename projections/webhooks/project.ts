import type { EndReason } from "#domain/credit-ledger/index.ts"
import type { WebhookSettings, WebhookType } from "#domain/webhook/index.ts"
import type { Placed } from "../log-event.ts"
import { defineProjection, type Rules } from "../projection.ts"
import { put, type Write } from "../writes.ts"
import { webhookEvents, webhooks } from "./table.ts"

interface Told {
  readonly namespaceId: string
  readonly type: WebhookType
  readonly model: string | null
  readonly jobId: string | null
  readonly at: number
  readonly data: Readonly<Record<string, unknown>>
}

const tell = (position: bigint, { namespaceId, type, model, jobId, at, data }: Told): Write =>
  put(webhookEvents, { position }, { namespace_id: namespaceId, type, model, job_id: jobId, at, data })

const columnsOf = ({ host, urlVersion, description, types, models, includeContent }: WebhookSettings) => ({
  host, url_version: urlVersion, description, types, models, include_content: includeContent ? 1 : 0,
})

const typeOf = (reason: EndReason): WebhookType => {
  if (reason === "completed") return "job.completed"
  return reason === "cancelled" ? "job.cancelled" : "job.failed"
}

type Ended = Extract<Placed, { readonly type: "HoldSettled" | "HoldReleased" }>

/** As the ledger's end of it says, which comes last: whoever is told can ask for the cost. */
const jobEnded = (event: Ended): Write => {
  const { namespaceId, jobId, keyId, model, reason, request, at } = event.data
  const charged = event.type === "HoldSettled" ? event.data : { promptTokens: 0, completionTokens: 0, price: 0n }
  const data = {
    job_id: jobId, key_id: keyId, namespace: namespaceId, model, status: reason, endpoint: request?.endpoint ?? null, mode: request?.mode ?? null,
    prompt_tokens: charged.promptTokens, completion_tokens: charged.completionTokens, cost_microcredits: String(charged.price),
    duration_ms: request?.durationMs ?? null, latency_ms: request?.latencyMs ?? null,
  }
  return tell(event.position, { namespaceId, type: typeOf(reason), model, jobId, at, data })
}

const modelOf = (kind: string, subject: string): string | null => (kind === "model_unavailable" ? subject : null)

const alertRaised = ({ data: alert, position }: Extract<Placed, { readonly type: "AlertRaised" }>): Write => {
  const { namespaceId, alertId, kind, subject, value, threshold, at } = alert
  const data = { alert_id: alertId, namespace: namespaceId, kind, subject, value, threshold }
  return tell(position, { namespaceId, type: kind === "low_balance" ? "balance.low" : "alert.raised", model: modelOf(kind, subject), jobId: null, at, data })
}

const settingsRules: Rules = {
  WebhookCreated: ({ data: { webhookId, namespaceId, settings, at }, position }) => [
    put(webhooks, { webhook_id: webhookId }, { namespace_id: namespaceId, ...columnsOf(settings), secret_version: 1, created_at: at, position }),
  ],
  WebhookReconfigured: ({ data: { webhookId, settings } }) => [put(webhooks, { webhook_id: webhookId }, columnsOf(settings))],
  WebhookSecretRotated: ({ data: { webhookId, secretVersion, overlapUntil } }) => [
    put(webhooks, { webhook_id: webhookId }, { secret_version: secretVersion, overlap_until: overlapUntil }),
  ],
  WebhookDisabled: ({ data: { webhookId, reason } }) => [put(webhooks, { webhook_id: webhookId }, { disabled: reason })],
  WebhookEnabled: ({ data: { webhookId } }) => [put(webhooks, { webhook_id: webhookId }, { disabled: null })],
  WebhookDeleted: ({ data: { webhookId, at } }) => [put(webhooks, { webhook_id: webhookId }, { deleted_at: at })],
}

export const webhooksProjection = defineProjection({
  name: "webhooks",
  version: 2,
  tables: [webhooks, webhookEvents],
  rules: {
    ...settingsRules,
    AlertRaised: (event) => [alertRaised(event)],
    AlertResolved: ({ data: { namespaceId, alertId, kind, subject, value, at }, position }) => {
      const data = { alert_id: alertId, namespace: namespaceId, kind, subject, value }
      return [tell(position, { namespaceId, type: "alert.resolved", model: modelOf(kind, subject), jobId: null, at, data })]
    },
    HoldSettled: (event) => [jobEnded(event)],
    HoldReleased: (event) => (event.data.reason === "never_submitted" ? [] : [jobEnded(event)]),
  },
})
